"""The engine's cache: content keys, damage, races, killed writers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bw_tinyml.engine import cache as module
from bw_tinyml.engine.cache import Cache, default_folder

OLD = time.time_ns() - 10**13


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust files that were changed just now: a test cannot set their time of change."""
    monkeypatch.setattr(module, "SETTLED_NS", -(10**9))


def old(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    os.utime(path, ns=(OLD, OLD))
    return path


def test_what_was_put_is_found(cache: Cache) -> None:
    made = []

    def make() -> dict[str, np.ndarray]:
        made.append(1)
        return {"values": np.arange(6.0).reshape(2, 3)}

    for _ in range(2):
        assert cache.made("k", make)["values"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert len(made) == 1
    assert cache.get("other") is None


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "of another key"])
def test_a_damaged_entry_is_made_anew(cache: Cache, damage: str) -> None:
    cache.put("k", {"values": np.arange(1000.0)})
    path = cache.folder / "k.npz"
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        path.write_bytes(content[:-200])
    elif damage == "flipped":
        content[3000] ^= 0xFF
        path.write_bytes(content)
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        cache.put("other", {"values": np.zeros(3)})
        path.write_bytes((cache.folder / "other.npz").read_bytes())
    assert cache.get("k") is None
    assert cache.made("k", lambda: {"values": np.ones(2)})["values"].tolist() == [1, 1]
    assert cache.get("k")["values"].tolist() == [1, 1]


def test_no_flipped_bit_of_an_entry_gives_an_error(cache: Cache) -> None:
    values = np.arange(4.0)
    cache.put("k", {"values": values})
    path = cache.folder / "k.npz"
    sound = path.read_bytes()
    starts = [place for place in range(len(sound)) if sound[place : place + 2] == b"PK"]
    dropped = 0
    for place in (place for start in starts for place in range(start, start + 46)):
        for bit in range(8):
            changed = bytearray(sound)
            changed[min(place, len(sound) - 1)] ^= 1 << bit
            path.write_bytes(changed)
            found = cache.get("k")
            assert found is None or np.array_equal(found["values"], values)
            dropped += not path.exists()
    assert dropped > 100


def test_an_entry_that_promises_too_much_is_dropped(cache: Cache) -> None:
    cache.put("k", {"values": np.arange(4.0)})
    path = cache.folder / "k.npz"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    large = files["values.npy"].replace(b"(4,), }           ", b"(40000000000000,)}")
    assert len(large) == len(files["values.npy"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (files | {"values.npy": large}).items():
            archive.writestr(name, content)
    assert cache.get("k") is None
    assert not path.exists()


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("note", [b"[" * 200_000, b"[]", b"\xff", b"{}", b""])
def test_a_damaged_hash_is_taken_anew(cache: Cache, tmp_path: Path, note: bytes) -> None:
    path = old(tmp_path / "a", b"one")
    digest = cache.digest(path)
    (known,) = cache.folder.glob("*.json")
    sound = known.read_bytes()
    known.write_bytes(note)
    assert cache.digest(path) == digest
    assert known.read_bytes() == sound


def test_the_key_follows_content_settings_and_code(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = old(tmp_path / "a", b"one"), old(tmp_path / "b", b"two")
    keys = [
        cache.key("what", [a, b], 1e-11),
        cache.key("what", [b, a], 1e-11),
        cache.key("what", [a, b], 1e-12),
        cache.key("else", [a, b], 1e-11),
    ]
    monkeypatch.setattr(module, "CODE", "engine 0")
    keys.append(cache.key("what", [a, b], 1e-11))
    assert len(set(keys)) == 5
    monkeypatch.undo()
    assert cache.key("what", [old(tmp_path / "c", b"one"), b], 1e-11) == keys[0]
    old(a, b"One")
    os.utime(a, ns=(OLD + 1, OLD + 1))
    assert cache.key("what", [a, b], 1e-11) != keys[0]


@pytest.mark.usefixtures("settled")
def test_an_unchanged_file_is_not_read_again(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old(tmp_path / "a", b"one")
    digest = cache.digest(path)
    monkeypatch.setattr(module.hashlib, "file_digest", None)
    assert cache.digest(path) == digest


def test_a_file_changed_just_now_is_not_trusted(cache: Cache, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    stat = path.stat()
    first = cache.digest(path)
    path.write_bytes(b"two")  # the same size, inode and, within one tick, time
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert cache.digest(path) != first


@pytest.mark.usefixtures("settled")
def test_a_copy_with_the_time_of_another_file_is_seen(cache: Cache, tmp_path: Path) -> None:
    path, other = old(tmp_path / "a", b"one"), old(tmp_path / "b", b"two")
    before, first = path.stat(), cache.digest(path)
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # until the clock ticks
        shutil.copy2(other, path)
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (
        before.st_size, before.st_mtime_ns, before.st_ino)  # fmt: skip
    assert cache.digest(path) == cache.digest(other) != first


def test_a_file_copied_just_now_is_not_trusted(cache: Cache, tmp_path: Path) -> None:
    cache.digest(old(tmp_path / "a", b"one"))
    assert not cache.folder.exists()


def test_the_cache_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(module.VARIABLE, "off")
    cache = Cache(default_folder())
    assert cache.folder is None
    assert cache.made("k", lambda: {"v": np.ones(1)})["v"].tolist() == [1]
    assert cache.get("k") is None
    assert cache.digest(old(tmp_path / "a", b"one"))


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    assert cache.made("k", lambda: {"v": np.ones(1)})["v"].tolist() == [1]
    assert cache.digest(old(tmp_path / "a", b"one"))


def test_a_large_cache_loses_its_oldest_entries(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 28_000)
    keys = [cache.key("large", [], k) for k in range(5)]
    for k, key in enumerate(keys):
        cache.put(key, {"v": np.zeros(1000)})
        if k < 4:
            os.utime(cache.folder / f"{key}.npz", ns=(OLD + k, OLD + k))
    assert {path.stem for path in cache.folder.glob("*.npz")} == set(keys[2:])


def test_files_of_others_are_left_alone(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1000)
    cache.folder.mkdir()
    names = ["precious.npz", "notes.json", "work.tmp", "0123abcd.npz", f"{'a' * 40}.json",
             f"my{'a' * 40}.npz", f"{'a' * 40}.npz.npz", f"{'A' * 40}.npz"]  # fmt: skip
    for name in names:
        old(cache.folder / name, bytes(2000))
    cache.put(cache.key("k", []), {"v": np.zeros(1000)})
    assert sorted(path.name for path in cache.folder.iterdir()) == sorted(names)


WRITER = """
import sys, numpy as np
from pathlib import Path
from bw_tinyml.engine.cache import Cache
cache = Cache(Path(sys.argv[1]))
print("ready", flush=True)
k = 0
while True:
    k += 1
    cache.put("shared", {"v": np.full(200_000, k)})
"""


def test_readers_see_whole_entries_while_others_write_and_are_killed(cache: Cache) -> None:
    cache.put("shared", {"v": np.zeros(200_000)})
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(cache.folder)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for writer in writers:
            assert writer.stdout.readline().strip() == b"ready"
        seen = set()
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            found = cache.get("shared")
            assert found is not None
            values = np.unique(found["v"])
            assert values.size == 1
            seen.add(int(values[0]))
        assert len(seen) > 1
    finally:
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            writer.stdout.close()
    assert cache.get("shared") is not None


def test_what_killed_writers_left_is_removed(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    key = cache.key("k", [])
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", lambda *_: None)
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        cache.put(key, {"v": np.zeros(1)})
    (left,) = cache.folder.glob("*.tmp")
    os.utime(left, ns=(OLD, OLD))
    cache.put(key, {"v": np.zeros(1)})
    assert [path.name for path in cache.folder.iterdir()] == [f"{key}.npz"]
