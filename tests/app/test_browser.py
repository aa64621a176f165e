"""The page in a real headless browser: load, change, upload, fault, export, foreign pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

BOMS = ROOT / "tests" / "boms"
EVIL = '<img src=x onerror="window.hacked=1">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    found = [shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")]
    path = next((p for p in found if p), None)
    if path is None:
        pytest.skip("no Chromium or Chrome is installed")
    with playwright.sync_playwright() as driver:
        # containers have no user namespaces for the sandbox; only our own page is opened
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def url(full_project: str) -> Iterator[str]:
    """The page, served by the command line in a process of its own."""
    pytest.importorskip("nicegui", reason="NiceGUI is not installed")
    code = "from bw_tinyml.cli.main import main; main()"
    command = [sys.executable, "-c", code, "app", "--project", full_project]
    command += ["--no-open", "--port", "0", "--samples", "50"]
    with subprocess.Popen(
        command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        if not line.startswith("http://127.0.0.1:"):
            process.kill()
            pytest.fail(f"the page did not start: {line} {process.stderr.read()}")
        address = line.split()[0]
        _wait(address)
        yield address
        process.terminate()


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address, timeout=30).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing answers at {address}")


@pytest.fixture
def page(browser: Any, url: str) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(20_000)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
    page.goto(url)
    page.wait_for_selector("#output table.bt-main")
    yield page
    assert page.faults == []
    page.close()


def climate(page: Any) -> list[str]:
    row = page.locator("#output table.bt-main tr", has_text="Climate change").first
    return [text.strip() for text in row.locator("td b").all_inner_texts()]


def changed(page: Any, before: list[str]) -> list[str]:
    for _ in range(100):
        now = climate(page)
        if now != before:
            return now
        page.wait_for_timeout(50)
    raise AssertionError(f"the result did not change from {before}")


def upload(page: Any, button: str, file: Any) -> None:
    with page.expect_file_chooser() as chooser:
        page.click(button)
    chooser.value.set_files(file)


def choose(page: Any, field: str, option: str) -> None:
    page.get_by_label(field, exact=True).click()
    page.locator(".q-menu .q-item", has_text=option).first.click()


def test_loads_complete_and_labelled(page: Any) -> None:
    assert page.locator("#output table.bt-main tbody tr").count() == 16
    assert "not a comparative assertion" in page.inner_text("#time")
    assert "kg CO2" in page.inner_text("#output")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('input, button, select')].filter(e =>
            e.offsetParent && !(e.getAttribute('aria-label') || e.closest('label')?.innerText
            || e.innerText)).map(e => e.outerHTML)"""
    )
    assert unnamed == []


def test_follows_changes_in_time(page: Any) -> None:
    before = climate(page)
    page.get_by_label("Service life").fill("6")
    after = changed(page, before)
    assert float(after[0]) > float(before[0])
    assert float(page.inner_text("#time").split(" in ")[1].split()[0]) < 1.5  # shared machines
    page.get_by_label("Service life").fill("-1")
    page.wait_for_selector("#error:has-text('give a number above 0')", state="attached")
    page.wait_for_selector("#error:has-text('lifetime is -1')")
    assert climate(page) == after, "the last good result stays"


def test_other_tasks(page: Any) -> None:
    choose(page, "Task", "Anomaly detection")
    page.wait_for_selector("#output section:has-text('vibration') >> nth=0")
    assert page.locator("#summary .bt-card").count() >= 2


def test_bill_of_materials(page: Any, tmp_path: Path) -> None:
    before = climate(page)
    page.get_by_label("Board area, if not in the bill").fill("30")
    page.get_by_label("Its copper layers").fill("4")
    upload(page, "#bill", BOMS / "kicad.csv")
    after = changed(page, before)
    assert after[0] != before[0] and after[1:] == before[1:]
    assert page.locator(".bt-bill tr.bt-unknown").count() == 1
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\0\1\2")
    upload(page, "#bill", bad)
    page.wait_for_selector("#error:has-text(\"'bad.csv' is not a text file\")")
    assert climate(page) == after, "the last good bill stays"
    page.click("#remove")
    assert changed(page, after) == before


def test_uploaded_names_are_text(page: Any) -> None:
    content = f'part,quantity\n"{EVIL.replace(chr(34), chr(34) * 2)}",1\nT5838,1\n'
    evil = {"name": f"{EVIL}.csv", "mimeType": "text/csv", "buffer": content.encode()}
    upload(page, "#bill", evil)
    page.wait_for_selector(".bt-bill tr.bt-unknown")
    assert EVIL in page.inner_text(".bt-bill")
    assert page.evaluate("window.hacked") is None
    bad = {"name": f"{EVIL}.yaml", "mimeType": "text/yaml", "buffer": b"parts: [a, *b]"}
    upload(page, "#scenario", bad)
    page.wait_for_selector("#error:has-text('YAML')")
    assert page.evaluate("window.hacked") is None


def test_scenario_and_report_go_round(page: Any, tmp_path: Path) -> None:
    before = climate(page)
    page.get_by_role("spinbutton", name="Hours a day with sound").fill("12")
    changed(page, before)
    choose(page, "End of life", "recycling")
    page.wait_for_selector("#output:has-text('eol_share_recycling')")
    wanted = climate(page)
    with page.expect_download() as saved:
        page.click("#save-scenario")
    file = tmp_path / "scenario.yaml"
    saved.value.save_as(file)
    assert "rate: 12" in file.read_text() and "end_of_life: recycling" in file.read_text()
    with page.expect_download() as saved:
        page.click("#save-report")
    report = (tmp_path / "report.html", saved.value)
    report[1].save_as(report[0])
    text = report[0].read_text(encoding="utf-8")
    assert "ISO 14044" in text and "rate: 12" in text and "<script" not in text
    page.reload()
    page.wait_for_selector("#output table.bt-main")
    assert climate(page) == before
    upload(page, "#scenario", file)
    assert changed(page, before) == wanted


def test_scenario_of_another_task_keeps_its_values(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("task: anomaly detection\nlifetime: 6\n")
    upload(page, "#scenario", file)
    page.wait_for_selector("#output section:has-text('vibration') >> nth=0")
    page.wait_for_timeout(1000)  # nothing else follows
    assert page.get_by_label("Service life").input_value() == "6"


def test_narrow_window_does_not_scroll_sideways(page: Any) -> None:
    page.set_viewport_size({"width": 400, "height": 900})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_foreign_page_cannot_drive_it(browser: Any, url: str) -> None:
    page = browser.new_page()
    page.route(
        "http://evil.example/",
        lambda route: route.fulfill(body="<p>evil</p>", content_type="text/html"),
    )
    page.goto("http://evil.example/")
    socket = url.replace("http", "ws") + "_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    outcome = page.evaluate(
        """async ([url, socket]) => {
            const opened = await new Promise(done => {
                const s = new WebSocket(socket);
                s.onopen = () => done(true); s.onerror = () => done(false);
            });
            const read = await fetch(url).then(r => r.status, () => 'refused');
            return [opened, read];
        }""",
        [url, socket],
    )
    assert outcome == [False, "refused"]
    page.close()
