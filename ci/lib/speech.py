#!/usr/bin/env python3
"""Makes the demo's speech: OUT/speech.mp4 (1280x720, 30 fps, H.264 and AAC) and OUT/speech.srt.

espeak-ng speaks the text below sentence by sentence, so that the subtitles' times are those of the samples; ffmpeg
draws the slides (SVG), the moving voice and a clock with the position. What is there already, made from this very
file, is kept.

usage: speech.py OUT
"""

import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import wave

RATE = 48000
FPS = 30
GAP_S = 0.30  # between sentences
TURN_S = 0.55  # before a slide's first sentence
VOICE = ("en-us", "152")  # voice, words per minute

# The town, its library and everyone in it are made up.
SLIDES = [
    ("A library for Alderford", ["Town meeting, item 4", "The plan for the next ten years"], "#12324a", [
        "Good evening, and welcome to the town meeting.",
        "Tonight we talk about the one house in Alderford that belongs to all of us: the town library.",
    ]),
    ("Open on Sundays", ["Sundays, 10 to 4", "Later evenings in winter"], "#1d3d35", [
        "From next spring, the library will open on Sundays, from ten until four.",
        "Families asked for it, students asked for it, and shift workers asked for it most of all.",
    ]),
    ("No more late fees", ["Fees cost more than they bring", "Books come back sooner without them"], "#3b2f4a", [
        "We will end late fees.",
        "They bring in less than it costs to collect them, and they keep away the children who need us most.",
    ]),
    ("A garden, not a car park", ["40 spaces become a reading garden", "A bus stop at the door"], "#20402a", [
        "Now to the part that some of you will not like.",
        "The forty parking spaces behind the building will become a reading garden.",
        "In return, the bus will stop at the door, every twenty minutes.",
    ]),
    ("What it costs", ["19 a year for each household", "For ten years, then it ends"], "#4a2c20", [
        "None of this is free.",
        "It costs each household nineteen a year, for ten years, and then it ends.",
        "I know that this is not small for everyone, so those with little pay nothing.",
    ]),
    ("Quiet upstairs, busy below", ["Reading rooms stay silent", "Workshops on the ground floor"], "#263a57", [
        "The reading rooms upstairs stay as quiet as they are today.",
        "Downstairs there will be workshops, a repair bench, and a stage for the school choir.",
    ]),
    ("Your vote, in May", ["Read the plan", "Ask us anything", "Then decide"], "#12324a", [
        "A town that reads together stays together.",
        "Read the plan, ask us anything, and then decide, in May.",
        "Thank you.",
    ]),
]


def fail(why: str) -> None:
    sys.exit(f"speech: {why}")


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        fail(f"{command[0]} failed: {last[-1]}")


def samples_of(path: pathlib.Path) -> bytes:
    with wave.open(str(path), "rb") as w:
        assert (w.getnchannels(), w.getsampwidth(), w.getframerate()) == (1, 2, RATE)
        return w.readframes(w.getnframes())


def speak(work: pathlib.Path, number: int, text: str) -> bytes:
    raw, said = work / f"{number}.raw.wav", work / f"{number}.wav"
    run("espeak-ng", "-v", VOICE[0], "-s", VOICE[1], "-w", str(raw), text)
    # espeak-ng ends each sentence with a silence of its own; the pauses here are ours.
    trim = "areverse,silenceremove=start_periods=1:start_threshold=-55dB,areverse"
    run("ffmpeg", "-v", "error", "-y", "-i", str(raw), "-af", trim, "-ar", str(RATE), "-ac", "1", str(said))
    return samples_of(said)


def slide_svg(index: int, title: str, points: list[str], colour: str) -> str:
    """One slide, 1280x720. The lower third stays free for the overlay; the speaker stands on the right."""
    rows = "".join(
        f'<circle cx="96" cy="{263 + 54 * i}" r="6" fill="#f0c75e"/>'
        f'<text x="120" y="{274 + 54 * i}" font-size="32" fill="#e8edf2">{p}</text>'
        for i, p in enumerate(points)
    )
    dots = "".join(
        f'<circle cx="{90 + 24 * i}" cy="96" r="5" fill="{"#f0c75e" if i == index else "#ffffff"}" '
        f'fill-opacity="{1 if i == index else 0.3}"/>'
        for i in range(len(SLIDES))
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720">
<defs><linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{colour}"/>
<stop offset="1" stop-color="#0b1017"/></linearGradient>
<radialGradient id="lamp" cx="0.5" cy="0.4" r="0.6"><stop offset="0" stop-color="#ffffff" stop-opacity="0.22"/>
<stop offset="1" stop-color="#ffffff" stop-opacity="0"/></radialGradient>
<clipPath id="frame"><rect x="896" y="120" width="300" height="300" rx="18"/></clipPath></defs>
<rect width="1280" height="720" fill="url(#wall)"/>
<g font-family="Inter, DejaVu Sans">{dots}
<text x="84" y="190" font-size="58" font-weight="700" fill="#ffffff">{title}</text>{rows}
<rect x="896" y="120" width="300" height="300" rx="18" fill="#0b1017" fill-opacity="0.55"/>
<rect x="896" y="120" width="300" height="300" rx="18" fill="url(#lamp)"/>
<g clip-path="url(#frame)"><path d="M936 440 C936 350 990 322 1046 322 C1102 322 1156 350 1156 440 Z" fill="#3e5a78"/>
<path d="M1014 318 L1046 372 L1078 318 Z" fill="#e8edf2"/><rect x="1026" y="282" width="40" height="48" rx="18" fill="#c99b7b"/>
<ellipse cx="1046" cy="242" rx="50" ry="60" fill="#d9ab8a"/>
<path d="M994 240 C988 176 1020 166 1046 166 C1074 166 1106 178 1098 240 C1092 206 1072 200 1046 202 C1020 200 1000 206 994 240 Z"
 fill="#5b4636"/></g>
<text x="1046" y="452" font-size="22" fill="#b9c4cf" text-anchor="middle">Library board, Alderford</text></g></svg>"""


def clock(ms: int) -> str:
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def lay_out(spoken: list[list[bytes]]) -> tuple[bytes, list[tuple[int, int, str]], list[int]]:
    """The sound, the cues (start, end, text in ms) and each slide's first frame, then the last frame's end."""
    sound, cues, starts = bytearray(), [], []
    for (_, _, _, sentences), said in zip(SLIDES, spoken):
        starts.append(len(sound) // 2 * FPS // RATE)
        sound += bytes(2 * int(TURN_S * RATE))
        for text, samples in zip(sentences, said):
            begin = len(sound) // 2
            sound += samples
            cues.append((begin * 1000 // RATE, len(sound) // 2 * 1000 // RATE, text))
            sound += bytes(2 * int(GAP_S * RATE))
    sound += bytes(2 * RATE)
    frames = len(sound) // 2 * FPS // RATE
    sound = sound[: 2 * frames * RATE // FPS]
    return bytes(sound), cues, starts + [frames]


def film(work: pathlib.Path, starts: list[int]) -> None:
    inputs: list[str] = []
    for i in range(len(SLIDES)):
        inputs += ["-loop", "1", "-framerate", str(FPS), "-t", f"{(starts[i + 1] - starts[i]) / FPS:.6f}",
                   "-i", str(work / f"slide{i}.svg")]
    count = len(SLIDES)
    graph = (
        "".join(f"[{i}:v]" for i in range(count)) + f"concat=n={count}:v=1:a=0,format=yuv420p[slides];"
        f"[{count}:a]asplit[voice][sound];"
        f"[voice]showwaves=s=260x64:mode=cline:draw=full:rate={FPS}:colors=0xf0c75e:scale=sqrt,format=rgba,"
        "colorkey=black:0.1:0.1[wave];"
        "[slides][wave]overlay=916:350:shortest=0:eof_action=pass,"
        # The position in the picture itself: what is on screen can be read from a recording.
        "drawtext=font=Inter:fontsize=24:fontcolor=0xb9c4cf:x=1196-tw:y=84:"
        "text='%{eif\\:(t+0.004)/60\\:d\\:2}\\:%{eif\\:mod(t+0.004\\,60)\\:d\\:2}.%{eif\\:mod(t*10+0.04\\,10)\\:d}'[picture]"
    )
    run("ffmpeg", "-v", "error", "-y", *inputs, "-i", str(work / "speech.wav"), "-filter_complex", graph,
        "-map", "[picture]", "-map", "[sound]", "-r", str(FPS), "-frames:v", str(starts[-1]),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-g", str(2 * FPS), "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-movflags", "+faststart", str(work / "speech.mp4"))


def make(out: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory(prefix="speech-", dir=out) as name:
        work = pathlib.Path(name)
        numbered = [(s, i, text) for s, slide in enumerate(SLIDES) for i, text in enumerate(slide[3])]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            said = list(pool.map(lambda n: speak(work, n[0] * 100 + n[1], n[2]), numbered))
        spoken = [[wav for wav, n in zip(said, numbered) if n[0] == s] for s in range(len(SLIDES))]
        sound, cues, starts = lay_out(spoken)
        seconds = starts[-1] / FPS
        if not 60 <= seconds <= 90:
            fail(f"the speech takes {seconds:.1f} s, not 60 to 90")
        with wave.open(str(work / "speech.wav"), "wb") as w:
            w.setnchannels(1)
            w.setsampwidth(2)
            w.setframerate(RATE)
            w.writeframes(sound)
        for i, (title, points, colour, _) in enumerate(SLIDES):
            (work / f"slide{i}.svg").write_text(slide_svg(i, title, points, colour), encoding="utf-8")
        film(work, starts)
        subtitles = "".join(f"{n}\n{clock(a)} --> {clock(b)}\n{text}\n\n" for n, (a, b, text) in enumerate(cues, 1))
        (work / "speech.srt").write_text(subtitles, encoding="utf-8")
        for file in ("speech.mp4", "speech.srt"):
            os.replace(work / file, out / file)


def main() -> None:
    if len(sys.argv) != 2:
        fail("usage: speech.py OUT")
    for tool in ("espeak-ng", "ffmpeg"):
        if not shutil.which(tool):
            fail(f"{tool} is missing; run this inside ci/enter")
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    stamp, own = out / "speech.stamp", hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    there = all((out / f).exists() for f in ("speech.mp4", "speech.srt"))
    if there and stamp.exists() and stamp.read_text() == own:
        return
    stamp.unlink(missing_ok=True)
    make(out)
    stamp.write_text(own)


main()
