"""What kind of part the words of a line name, in English and German.

A kind is written as the letters of its reference designators, or as a word of its own where
letters do not tell it (``TANTALUM``); rows of ``parts.csv`` name it in their column ``designator``.
Words come before letters: ``D1`` may be a diode, an LED or a display.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Kind:
    """A kind of parts.

    Attributes
    ----------
    name
        In messages.
    letters
        How rows of ``parts.csv`` call it, then other designators under which it is found.
    words
        Regular expression of words in upper case, between limits of words.
    alone
        Whether the words tell it without a designator.
    """

    name: str
    letters: tuple[str, ...]
    words: str
    alone: bool = True

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![A-Z0-9ÄÖÜ])(?:{self.words})(?![A-Z0-9ÄÖÜ])")

    def place(self, text: str) -> int | None:
        """Return where a text names the kind first; None if it does not."""
        found = self._pattern.search(text)
        return found.start() if found else None


#: of several kinds that go with a designator the first counts: the special before the general
KINDS = (
    Kind("a tantalum capacitor", ("TANTALUM", "C", "CP"), r"TANT|\w*TANTAL\w*"),
    Kind(
        "a film, mica, safety or trimmer capacitor",
        ("FILM", "C"),
        r"FILM|MK[PST]\d*|FKP\d*|\w*FOLIEN?(?:KONDENSATOR\w*)?|POLY(?:ESTER|PROP\w*)|MICA"
        r"|GLIMMER\w*|(?:SAFETY|TRIMMER|VARIABLE) CAP\w*|TRIMMKONDENSATOR|ENTST(?:Ö|OE)RKOND\w*",
    ),
    Kind("a polymer capacitor", ("POLYMER", "C", "CP"), r"POLYMER\w*|\w+POLYMER|OS-?CON|SP-?CAP"),
    Kind(
        "an electrolytic capacitor",
        ("ELECTROLYTIC", "C", "CP"),
        r"\w*ELKO|ELECT?|ELECTROLYTICS?|\w*ELEKTROLYT\w*|ALUM(?:INI?UM)?|CP RADIAL|CP ELEC",
    ),
    Kind(
        "a ceramic capacitor",
        ("CERAMIC", "C"),
        r"CER|KERAMIK(?:KONDENSATOR\w*)?|CERAMIC(?= CAP)|KERKO|MLCC|X[5-8][RS]|Y5V|C0G|NP0",
    ),
    Kind(  # by its value: electrolytics begin at some tenths of a microfarad
        "a ceramic capacitor",
        ("CERAMIC", "C"),
        r"\d+(?:[.,]\d+)? ?[NP]F?\d*|0?[.,]\d+ ?[U\u039c]F?",
        alone=False,
    ),
    Kind(
        "a capacitor",
        ("C", "CP"),
        r"CAPS?|CAPACITORS?|\w*KONDENSATOR\w*",
    ),
    Kind(
        "a thermistor",
        ("TH", "RT", "R", "NTC"),
        r"NTC|PTC(?= THERM)|\w*THERMISTORS?|HEISSLEITER|KALTLEITER",
    ),
    Kind("a varistor", ("VARISTOR", "RV", "VR", "R", "D", "MOV"), r"\w*VARISTORS?|MOV|VDR"),
    Kind(
        "a potentiometer",
        ("RV", "VR", "R", "P", "POT", "TR"),
        r"\w*POTENTIOMETERS?|\w*POTI|POT|TRIMMERS?|TRIMPOT|TRIMMWIDERSTAND|EINSTELLREGLER",
    ),
    Kind("a photoresistor", ("LDR", "R"), r"LDR|PHOTO-?RESISTOR|FOTOWIDERSTAND|PHOTOCELL"),
    Kind(
        "a resistor",
        ("R", "RN", "RA", "RP", "RS", "L", "FB"),
        r"RES|RESISTORS?|\w*WIDERST(?:AND|(?:Ä|AE)NDE)|(?:THI(?:N|CK)|METAL|CARBON)[ -]FILM",
    ),
    Kind(
        "a transformer or choke",
        ("TRANSFORMER", "L", "T", "TR", "FB", "FL"),
        r"\w*TRANSFORMERS?|\w*TRAFO|\w*TRANSFORMATOR|(?:Ü|UE)BERTRAGER|CHOKE|COMMON[ -]MODE"
        r"|GLEICHTAKT\w*|STROMKOMP\w*|TOROID\w*|RINGKERN\w*|BALUN",
    ),
    Kind("a ferrite bead", ("FB", "L", "B", "E"), r"FERRITE?\w*|BEADS?|\w*PERLE"),
    Kind(
        "an inductor",
        ("L", "FB", "DR"),
        r"IND|INDUCTORS?|COIL|\w*SPULE|\w*DROSSEL|\w*INDUKTIVIT(?:Ä|AE)T",
    ),
    Kind(
        "an oscillator",
        ("OSC", "X", "Y", "XTAL", "Q", "G"),
        r"\w*OSCILLATORS?|\w*OSZILLATOR|(?:TC|VC)?XO|OSC",
    ),
    Kind("a crystal", ("XTAL", "X", "Y", "Q", "G"), r"CRYSTALS?|XTAL|QUARTZ|\w*QUARZ|HC-?49\w*"),
    Kind("a resonator", ("RESONATOR", "X", "Y", "XTAL", "Q"), r"\w*RESONATORS?|KERAMIKSCHWINGER"),
    Kind(
        "a radio or its module",
        ("MODULE", "X", "Y", "M"),
        r"MODULE?S?|\w*MODUL|LORA\w*|GSM|GPRS|LTE|LTE-M|NB-?IOT|WI-?FI|WLAN|BLUETOOTH|BLE|ZIGBEE"
        r"|GNSS|GPS|QUECTEL|SIMCOM|U-?BLOX|TRANSCEIVERS?|\w*FUNK\w*",
    ),
    Kind(  # crystals end below 200 MHz; what is faster is a radio
        "a crystal",
        ("XTAL", "X", "Y"),
        r"(?:1\d\d|\d{1,2})(?:[.,]\d+)? ?MHZ|\d{1,2}(?:[.,]\d+)?M|\d+(?:[.,]\d+)? ?KHZ"
        r"|32[.,K]768K?",
        alone=False,
    ),
    Kind(
        "a diode",
        ("D", "CR", "V", "VD", "Z", "ZD", "DZ", "TVS"),
        r"\w*SCHOTTKY\w*|\w*ZENER\w*|Z-DIODE\w*|TVS|RECTIFIERS?|\w*GLEICHRICHTER\w*|SUPPRESS\w*",
    ),
    Kind(
        "a photodiode or infrared receiver",
        ("PHOTODIODE", "D", "Q", "IR"),
        r"(?:PH|F)OTO-?(?:DIODE|TRANSISTOR)N?|IR[ -]RECEIVER|IR-EMPF(?:Ä|AE)NGER|TSOP\w+",
    ),
    Kind(
        "an infrared LED",
        ("LED_IR", "D", "LED", "IR"),
        r"(?:IR|INFRA-?RED|INFRAROT)[ -]?(?:LED|EMITTER|DIODE|SENDE)\w*",
    ),
    Kind("an LED of several colours", ("LED_RGB", "D", "LED"), r"RGBW?(?:-LED)?"),
    Kind(
        "an LED",
        ("LED", "D", "DS", "LD", "DL"),
        r"LEDS?(?! DRIVER)|\w*LEUCHTDIODEN?|\w+-LED|LIGHT[ -]EMITTING \w+",
    ),
    Kind("a diode", ("D", "CR", "V", "VD", "Z", "ZD", "DZ", "TVS"), r"\w*DIODEN?|DIODES"),
    Kind(
        "a transistor",
        ("Q", "T", "TR", "V", "VT"),
        r"TRANS|\w*TRANSISTORS?|\w*MOSFETS?|J?FET|BJT|IGBT|NPN|PNP",
    ),
    Kind(
        "a connector",
        ("J", "P", "CN", "CON", "X", "USB", "SD", "TB", "K", "ST", "BU", "AE", "ANT", "SIM"),
        r"CONN?|CONNECTORS?|HEADERS?|(?:PIN|SOCKET) ?HEADERS?|PINSOCKET|SOCKETS?|RECEPTACLES?|PLUG"
        r"|JACK|TERMINALS?|TERMINAL ?BLOCK|\w*STECKER|\w*STECKVERBINDER|\w*BUCHSEN?|BUCHSENLEISTE"
        r"|STIFTLEISTE|\w*KLEMME|USB|JST|FFC|FPC|U\.?FL|IPEX",
    ),
    Kind(
        "a switch larger than a push button",
        ("LARGE_SWITCH", "SW", "S", "BTN", "PB"),
        r"ENCODER|ROTARY|TOGGLE|ROCKER|KEYPAD|JOYSTICK|EMERGENCY|DREH\w+|(?:KIPP|WIPP)SCHALTER"
        r"|DIP[ -]?SWITCH|SW DIP|DIP-?SCHALTER|NOT-?AUS",
    ),
    Kind("a slide switch", ("SLIDE", "SW", "S"), r"SLIDE|[SD]PDT|SCHIEBESCHALTER"),
    Kind(
        "a switch or button",
        ("SW", "S", "BTN", "PB", "B", "KEY", "TA"),
        r"(?<!LOAD )SWITCH|\w*BUTTON|TACT(?:ILE)?|\w*SCHALTER|\w*TASTER?",
    ),
    Kind(
        "a solid-state relay",
        ("SSR", "K"),
        r"SOLID[ -]STATE RELAY|SSR|(?:PHOTO|OPTO)MOS|HALBLEITERRELAIS",
    ),
    Kind("a relay", ("K", "RL", "RLY", "REL", "RE"), r"RELAYS?|\w*RELAIS"),
    Kind("a buzzer", ("BZ", "LS", "SP", "SPK", "B"), r"\w*BUZZER|BEEPER|PIEZO\w*|\w*SUMMER"),
    Kind("a loudspeaker", ("LS", "SPK", "SP", "BZ"), r"(?:LOUD)?SPEAKER|LAUTSPRECHER"),
    Kind("a microphone", ("MK", "MIC", "M"), r"MICROPHONES?|MIC|\w*MIKRO(?:F|PH)ON|SENSOR AUDIO"),
    Kind("an antenna", ("AE", "ANT", "E", "A"), r"ANTENNA|\w*ANTENNE|ANT"),
    Kind("a fuse", ("F", "FU", "R", "PTC"), r"FUSES?|POLY-?FUSE|P?PTC|RESETT?ABLE|\w*SICHERUNG"),
    Kind("a shield", ("SH", "M", "MP", "E"), r"SHIELD(?:ING)?|ABSCHIRM\w*|SCHIRMBLECH"),
    Kind(
        "a display",
        ("DISPLAY", "D", "DS", "LED", "LCD", "DISP", "X", "M", "Q", "L"),
        r"DISPLAYS?|OLED|E-?PAPER|E-?INK|TFT|LCD|\w*ANZEIGE|(?:SEVEN|7)[ -]?SEGMENT",
    ),
    Kind("a sensor", ("U", "IC", "S", "SENS"), r"\w*SENSORS?|ACCELEROMETER|GYRO(?:SCOPE)?|IMU"),
    Kind("a motor", ("M", "MOT"), r"MOTOR|SERVO\w*"),
    Kind(
        "an integrated circuit",
        ("U", "IC", "VR", "REG", "Q", "A", "M", "N"),
        r"IC|LDO|REGULATOR|\w*REGLER|DRIVER|\w*TREIBER|CONVERTER|AMPLIFIER|OP-?AMP|\w*CONTROLLER"
        r"|MCU|SOC|EEPROM|\w*VERST(?:Ä|AE)RKER",
    ),
)
#: designators that may stand for anything with a die
_ANYTHING = {"U", "IC"}
_KNOWN = {letter for kind in KINDS for letter in kind.letters} - _ANYTHING
#: values that are usual for a designator, so that another word stands there in passing
_VALUES = {  # \u039c is the micro sign in upper case
    "C": r"\d+(?:[.,]\d+)? ?[UNP\u039c]F?\d*",
    "R": r"\d+(?:[.,]\d+)? ?(?:[KMR]\d*|OHMS?|Ω)",
    "L": r"\d+(?:[.,]\d+)? ?[UNM\u039c]H",
}
#: what follows is what the part is for, or comes with it
_PASSING = re.compile(r"(?<!\w)(?:FOR|FÜR|FUER|WITH|MIT)(?!\w).*")


@dataclass(frozen=True)
class Said:
    """What designator and words say of the kind of a part.

    Attributes
    ----------
    letters
        Designators, or the kind that the words name where there is none.
    kind
        The kind that the words name, among those that go with the designators.
    odd
        A kind that the words name and that does not go with the designators.
    beside
        What the words name beside a connector: it may be what is plugged in.
    """

    letters: frozenset[str]
    kind: Kind | None = None
    odd: Kind | None = None
    beside: Kind | None = None

    def goes_with(self, wanted: set[str], words: bool) -> bool:
        """Whether a row for some letters holds.

        Parameters
        ----------
        wanted
            Letters of the row.
        words
            Whether it demands words of its own; else the kind that is named counts before the
            designator.
        """
        kind = {self.kind.letters[0]} if self.kind else set()
        return bool(wanted & (self.letters | kind if words or not kind else kind))


def read_words(letters: frozenset[str], texts: Sequence[str], package: str) -> Said:
    """Return what designators, texts and package, all in upper case, say of the kind of a part."""
    parts = [_PASSING.sub("", text) for text in texts]
    text = " ".join([*parts, package]).replace("_", " ").replace(":", " ")
    named = [kind for kind in KINDS if kind.place(text) is not None]
    if not letters:
        sure = [kind for kind in named if kind.alone]
        if not sure:
            return Said(letters)
        first = min(sure, key=lambda kind: kind.place(text) or 0)
        letters = frozenset(first.letters[:1])
        if kind := next((k for k in sure if letters & {*k.letters}), None):
            return Said(letters, kind)
    if kind := next((k for k in named if letters & {*k.letters}), None):
        others = (k for k in named if k.alone and not letters & {*k.letters})
        return Said(letters, kind, beside=next(others, None) if kind.letters[0] == "J" else None)
    if not named or not letters & _KNOWN or letters & _ANYTHING or _usual(letters, text, package):
        return Said(letters)
    return Said(letters, odd=named[0])


def _usual(letters: frozenset[str], text: str, package: str) -> bool:
    """Whether value or footprint are those of a designator: 10K and R_0402 of a resistor."""
    values = "|".join(_VALUES[letter] for letter in letters if letter in _VALUES)
    footprints = "|".join(sorted(letters))
    return bool(
        (values and re.search(rf"(?<![A-Z0-9.])(?:{values})(?![A-Z0-9])", text))
        or re.search(rf"(?:^|:)(?:{footprints})_", package)
    )
