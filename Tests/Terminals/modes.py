"""What a program has changed in a terminal, read from the bytes that it wrote."""
import re

# Private modes that outlive a program, and what they are before it.
MODES = {
    "1": ("application cursor keys", False), "5": ("reverse screen", False), "25": ("cursor", True), "47": ("alternate screen", False),
    "1000": ("mouse", False), "1002": ("mouse with drags", False), "1003": ("mouse with moves", False),
    "1004": ("focus events", False), "1006": ("mouse as SGR", False), "1016": ("mouse in pixels", False),
    "1047": ("alternate screen", False), "1049": ("alternate screen", False), "2004": ("bracketed paste", False),
    "2026": ("synchronized frame", False)}
CONTROL = re.compile(rb"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])|\x1b([()])(.)|\x1b([=>])|([\x0e\x0f])")
# Their content is no text and may contain anything.
STRINGS = re.compile(rb"\x1b[P_\]X^].*?(?:\x1b\\|\x07)", re.DOTALL)


def changes(output):
    """What is left changed at the end of an output, as a set of short sentences."""
    modes = {number: usual for number, (_, usual) in MODES.items()}
    keypad = styled = shifted = region = False
    charset, titles, keyboards, shape = b"B", 0, 0, b"0"
    for private, values, between, final, slot, name, pad, shift in CONTROL.findall(STRINGS.sub(b"", output)):
        if pad:
            keypad = pad == b"="
        elif shift:
            shifted = shift == b"\x0e"
        elif slot:
            charset = name if slot == b"(" else charset
        elif private == b"?" and final in (b"h", b"l"):
            for value in values.decode().split(";"):
                if value in modes:
                    modes[value] = final == b"h"
        elif private == b"?" and final == b"c":
            shape = values or b"0"
        elif final == b"m" and not private:
            # The last attribute decides: 0 or nothing ends all.
            styled = values.split(b";")[-1] not in (b"", b"0")
        elif final == b"t" and not private:
            titles += {b"22": 1, b"23": -1}.get(values.split(b";")[0], 0)
        elif final == b"u" and private in (b">", b"<"):
            keyboards += 1 if private == b">" else -1
        elif final == b"r" and not private:
            region = values != b""
    found = {f"{MODES[number][0]} is {'on' if value else 'off'}"
             for number, value in modes.items() if value != MODES[number][1]}
    found |= {text for text, is_wrong in (
        ("keypad sends its own keys", keypad), ("text has a style", styled), ("line drawing is on", shifted or charset != b"B"),
        ("a title is still kept", titles > 0), ("a keyboard mode is still on", keyboards > 0),
        ("the console's cursor has a shape", shape != b"0")) if is_wrong}
    # A region of the whole screen is none; terminals have no other name for it.
    return found | ({"lines scroll in a region"} if region and not WHOLE_REGION.search(output) else set())


WHOLE_REGION = re.compile(rb"\x1b\[(?:1;\d+)?r(?![^\x1b]*\x1b\[\d+;\d+r)")
