"""Set up M2FP Bridge. Needs Python 3.11 or newer, the internet (or --wheelhouse), no administrator's rights.

  python3 install.py                 install into .venv beside this file, and leave a note of where `m2fp` is,
                                     by which the plug-ins for Nuke and Blender find it
  python3 install.py demo [PLATE] [--out DIR]
                                     install, then send one frame through a daemon and write its mattes
  python3 install.py nuke [--dir DIR] [--python 3.7 ...] [--platform NAME ...]
                                     install, then put the plug-in into ~/.nuke or DIR, with pyzmq for the
                                     Pythons of Nuke 13 to 17 on this platform or for those named; platforms:
                                     linux_x86_64, win_amd64, macosx_universal2, all
  python3 install.py blender [--blender PATH | --extensions-dir DIR] [--platform NAME ...]
                                     install, then build the extension in dist and have it installed by a
                                     Blender, 4.2 or newer, or put into its folder DIR; platforms:
                                     linux_x86_64, linux_aarch64, win_amd64, win_arm64, macosx_universal2, all
  python3 install.py test [-- PYTEST ARGS]
                                     install, with what tests need, then lint, check types and run the tests;
                                     with arguments, run pytest alone with them
  python3 install.py wheelhouse DIR  install, then collect in DIR what --wheelhouse DIR installs elsewhere
  python3 install.py uninstall       remove what this file made; asks about weights and cache
  python3 install.py uninstall nuke [--dir DIR]
                                     remove Nuke's plug-in alone
  python3 install.py uninstall blender [--blender PATH | --extensions-dir DIR]
                                     remove Blender's extension alone

Each may be broken off and started again, and is quick when there is nothing to do. Before `nuke`, --python
names the Python to install for, as everywhere; after it, --python takes the versions of Nuke's own.
"""

import argparse
import contextlib
import errno
import functools
import hashlib
import importlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Dict, Iterator, List, Optional, Sequence, Tuple

NAME = "m2fp-bridge"
ROOT = Path(__file__).resolve().parent
CONSTRAINTS = ROOT / "server" / "constraints.txt"
DEFAULT_VENV = ROOT / ".venv"
OLDEST = (3, 11)
KNOWN = ("3.11", "3.12", "3.13", "3.14")  # what torch has wheels for, in the order they are looked for
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE = 1800.0  # seconds to wait for another install.py: a first install over a slow line


class SetupError(Exception):
    """What keeps the set-up from going on, in a sentence that also says what to do."""


# ----------------------------------------------------------------------------------------- the interpreter


def probe(python: str) -> Optional[Tuple[Tuple[int, ...], str]]:
    """An interpreter's version and own path, or None where it does not run (pyenv's shims often don't)."""
    code = "import sys; print('%d %d' % sys.version_info[:2]); print(sys.executable)"
    try:
        output = subprocess.check_output([python, "-I", "-c", code], stderr=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    version, path = output.decode().splitlines()
    return tuple(map(int, version.split())), path


def newer_interpreters() -> Iterator[Tuple[Tuple[int, ...], str]]:
    """The new enough interpreters on PATH and in pyenv's folder."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in KNOWN:
        for python in [f"python{version}", *sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python")))]:
            found = probe(python)
            if found and found[0] >= OLDEST:
                yield found


def hand_over(wanted: Optional[str]) -> None:
    """Go on under another interpreter where `--python` names one or this one is too old."""
    this = sys.version_info[:2], sys.executable
    if not wanted and this[0] >= OLDEST:
        return
    found = probe(wanted) if wanted else next(newer_interpreters(), this)
    if found is None:
        raise SetupError(f"--python {wanted} does not run: give the full path of a Python 3.11 or newer.")
    version, path = found
    if version < OLDEST:
        raise SetupError(
            f"M2FP Bridge needs Python 3.11 or newer, and {path} is {'.'.join(map(str, version))}: get one "
            "(apt install python3.11 python3.11-venv; brew install python@3.12; python.org/downloads), or "
            "name one that you have with --python PATH."
        )
    if os.path.realpath(path) != os.path.realpath(sys.executable):
        command = [path, __file__, *sys.argv[1:]]
        if os.name == "nt":  # exec would give the prompt back there while the new process still runs
            sys.exit(subprocess.call(command))
        os.execv(path, command)  # noqa: S606 - no shell is wanted


# -------------------------------------------------------------------------------------------- running steps

REASONS = {
    "No space left on device|Errno 28|Disk quota exceeded": "The disk is full: free some 3 GB and try again.",
    "NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded|"
    "Failed to establish a new connection|Temporary failure in name resolution": (
        "A package index cannot be reached: connect to the internet, or set your mirrors (PIP_INDEX_URL, "
        "and M2FP_TORCH_CPU_INDEX for PyTorch's), or run `install.py wheelhouse DIR` on a connected machine "
        "of this system and Python and give `--wheelhouse DIR` here."
    ),
    "CUDA build of torch": "torch came with CUDA: check pip's settings and M2FP_TORCH_CPU_INDEX.",
    "No module named .?(pip|ensurepip)": "This Python has no pip: apt install python3-venv, or see --python.",
    "No matching distribution": "No index has a package for this system and Python: see --python.",
}


def run(venv: Path, what: str, command: Sequence[str], **environment: str) -> None:
    """Run a step in the checkout, its output to the log: one line to the user, with the seconds it took."""
    print(f"{what} ... ", end="", flush=True)
    started = time.monotonic()
    log = venv / "install.log"
    try:
        with log.open("a+b") as output:
            output.write(f"\n$ {' '.join(command)}\n".encode())
            output.flush()
            begin = output.tell()
            status = subprocess.call(
                command,
                cwd=str(ROOT),
                env=clean_environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            output.seek(begin)
            said = output.read().decode(errors="replace")
    finally:
        print(f"{time.monotonic() - started:.1f} s", flush=True)
    if status:
        known = next((text for sign, text in REASONS.items() if re.search(sign, said)), None)
        tail = "\n".join(["That step failed, with these last words:", *said.splitlines()[-12:]])
        raise SetupError(f"{known or tail}\nAll that was said is in {log}")


def call(command: Sequence[str], cwd: Optional[Path] = None) -> int:
    """Run a command on this terminal; it gets Ctrl-C too, and ends in its own way."""
    with subprocess.Popen(command, cwd=str(cwd or Path.cwd()), env=clean_environment()) as process:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            status = process.wait()
        except SystemExit:  # we are terminated, and it was not told
            process.terminate()
            raise
    return status if status >= 0 else 128 - status


def clean_environment(**more: str) -> Dict[str, str]:
    """This environment, pip's settings and all, without what a host leaves in it for its own Python."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    return dict(kept, PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", **more)


def pip(venv: Path, what: str, *arguments: str, **environment: str) -> None:
    run(venv, what, [tool(venv, "python"), "-m", "pip", *arguments], **environment)


def tool(venv: Path, name: str) -> str:
    return str(venv / "Scripts" / f"{name}.exe" if os.name == "nt" else venv / "bin" / name)


# ----------------------------------------------------------------------------------- the virtual environment

MARKER = "m2fp-bridge.txt"  # in every environment of ours, from its first moment
STAMP = "installed.json"  # in a whole one


def installed(options: argparse.Namespace, *extras: str) -> Path:
    """The environment with the project and `extras` in it: found so, brought up to date, or made.

    The stamp is removed before anything changes and written last. Without one an environment is made anew,
    since pip cannot tell a package that it was killed in from a whole one.
    """
    venv: Path = options.venv
    sources = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    with claimed(venv):
        stamp = read_stamp(venv, sys.version_info[:2] if options.python else None)
        if stamp.get("sources") != sources or not set(extras) <= set(stamp["extras"]):
            if stamp:
                (venv / STAMP).unlink()
            else:
                make_environment(venv)
            install_project(venv, extras, options.wheelhouse)
            write_json(venv / STAMP, dict(whereabouts(venv), sources=sources, extras=extras))
    if options.command in ("install", *HOSTS) or venv == DEFAULT_VENV:
        record(venv)
    return venv


def read_stamp(venv: Path, wanted: Optional[Tuple[int, ...]]) -> Dict[str, Any]:
    """The stamp, or nothing where the environment is unfinished, broken, moved, or of a Python not wanted."""
    if not (venv / STAMP).exists():
        return {}
    stamp: Dict[str, Any] = json.loads((venv / STAMP).read_text("utf-8"))
    fits = whereabouts(venv).items() <= stamp.items() and (not wanted or stamp["python"] == list(wanted))
    return stamp if fits else {}


def whereabouts(venv: Path) -> Dict[str, Any]:
    """What an environment cannot outlive a change of: its scripts hold these paths."""
    python = probe(tool(venv, "python"))
    return {"checkout": str(ROOT), "venv": str(venv), "python": python and list(python[0])}


def make_environment(venv: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            f"{sys.executable} cannot make virtual environments, for its ensurepip is missing: apt install "
            f"python{version}-venv (Debian, Ubuntu), or name another Python with --python PATH."
        )
    empty(venv)
    run(venv, "Making a virtual environment", [sys.executable, "-m", "venv", str(venv)])


def empty(venv: Path) -> None:
    """Remove all that is in an environment of ours but the marker, which this process holds locked."""
    for child in venv.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(str(child))
        elif child.name != MARKER:
            child.unlink()


@contextlib.contextmanager
def claimed(venv: Path) -> Iterator[None]:
    """Hold the lock on an environment's marker, which also says that the folder is ours to fill and remove.

    The system lets go of the lock however this process ends, so that no lock is ever stale.
    """
    if venv.exists() and not (venv / MARKER).exists() and any(venv.iterdir()):
        raise SetupError(
            f"{venv} was not made by install.py and is left alone: choose another with --venv DIR."
        )
    venv.mkdir(parents=True, exist_ok=True)
    with (venv / MARKER).open("a") as marker:
        if not lock(marker):
            print(f"Waiting for another install.py that is at work in {venv}", flush=True)
            deadline = time.monotonic() + PATIENCE
            while not lock(marker):
                if time.monotonic() > deadline:
                    raise SetupError(
                        f"Another install.py still holds {venv} after {PATIENCE / 60:.0f} minutes."
                    )
                time.sleep(0.2)
        if not (venv / MARKER).stat().st_size:
            marker.write("Made by install.py of M2FP Bridge; `install.py uninstall` removes this folder.\n")
            marker.flush()
        yield


def lock(file: IO[str]) -> bool:
    """Lock an open file, or say that another process has."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            raise
        return False
    return True


# ------------------------------------------------------------------------------------------------- packages


def install_project(venv: Path, extras: Sequence[str], wheelhouse: Optional[Path]) -> None:
    """Install pip and the build tools, then torch, then the project, all in the constraints' versions.

    The project is built in the environment itself (--no-build-isolation), because how constraints reach an
    isolated build differs from one pip to the next.
    """
    source = ["--no-index", "--find-links", str(wheelhouse)] if wheelhouse else []
    source += ["--constraint", str(CONSTRAINTS)]
    build_tools = pyproject()["build-system"]["requires"]
    pip(venv, "Installing pip and build tools", "install", *source, "pip", *build_tools)
    if not wheelhouse:
        install_torch(venv)
    target = f".[{','.join(extras)}]" if extras else "."
    pip(venv, "Installing M2FP Bridge", "install", *source, "--no-build-isolation", "--editable", target)
    check_torch(venv)


def install_torch(venv: Path) -> None:
    """Install torch ahead of the project where the index would bring CUDA; else it comes with the rest."""
    if cuda_packages(venv):
        torch, index = from_cpu_index()
        pip(venv, "Installing torch's CPU build", "install", *torch, **index)


def cuda_packages(venv: Path) -> List[str]:
    """The CUDA packages that the index would bring along with torch on this system, as pip resolves it."""
    report = venv / "torch.json"
    resolve = ["--dry-run", "--ignore-installed", "--quiet", "--report", str(report)]
    torch = ["--constraint", str(CONSTRAINTS), f"torch=={pinned_torch()}"]
    pip(venv, "Asking which build of torch the index has", "install", *resolve, *torch)
    packages = json.loads(report.read_text("utf-8"))["install"]
    names = [re.sub("[-_.]+", "-", package["metadata"]["name"]).lower() for package in packages]
    return [name for name in names if re.match("nvidia-|cuda-|(pytorch-)?triton", name)]


def from_cpu_index() -> Tuple[List[str], Dict[str, str]]:
    """pip's arguments and environment for torch alone from PyTorch's CPU index, or a studio's mirror of it.

    Builds there are labelled `+cpu`; asking for the label keeps out the CUDA builds of other indexes in pip's
    settings. The address goes by the environment: it may hold a password, and arguments are logged.
    """
    index = os.environ.get("M2FP_TORCH_CPU_INDEX") or TORCH_CPU_INDEX
    return ["--no-deps", f"torch=={pinned_torch()}+cpu"], {"PIP_INDEX_URL": index}


def check_torch(venv: Path) -> None:
    code = "import sys, torch; sys.exit(torch.version.cuda and 'CUDA build of torch: ' + torch.__version__)"
    run(venv, "Checking that torch is a CPU build", [tool(venv, "python"), "-c", code])


def pinned_torch() -> str:
    (version,) = re.findall(r"^torch==(\S+)", CONSTRAINTS.read_text("utf-8"), re.MULTILINE)
    return str(version)


def pyproject() -> Dict[str, Any]:
    import tomllib  # came with Python 3.11, and this file has to load in older ones

    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


# --------------------------------------------------------------------------------------------- user's folders


def user_folders() -> Dict[str, Path]:
    """Where a user's settings, data, cache and logs lie: platformdirs' rules, which is not installed yet."""

    def below(variable: str, default: str) -> Path:
        return Path(os.environ.get(variable) or Path.home() / default) / NAME

    if sys.platform == "win32":
        local = below("LOCALAPPDATA", "AppData/Local")
        config, logs = below("APPDATA", "AppData/Roaming"), local / "Logs"
        folders = {"config": config, "data": local, "cache": local / "Cache", "logs": logs}
    elif sys.platform == "darwin":
        library = Path.home() / "Library"
        support = library / "Application Support" / NAME
        cache, logs = library / "Caches" / NAME, library / "Logs" / NAME
        folders = {"config": support, "data": support, "cache": cache, "logs": logs}
    else:
        config, data = below("XDG_CONFIG_HOME", ".config"), below("XDG_DATA_HOME", ".local/share")
        cache, logs = below("XDG_CACHE_HOME", ".cache"), below("XDG_STATE_HOME", ".local/state")
        folders = {"config": config, "data": data, "cache": cache, "logs": logs}
    if os.environ.get("M2FP_CONFIG_DIR"):
        folders["config"] = Path(os.environ["M2FP_CONFIG_DIR"])
    return folders


def record_file() -> Path:
    return user_folders()["config"] / "install.json"


def record(venv: Path) -> None:
    """Leave the note by which the host plug-ins find `m2fp`."""
    write_json(record_file(), {"m2fp": tool(venv, "m2fp"), "version": pyproject()["project"]["version"]})


def write_json(path: Path, content: Dict[str, Any]) -> None:
    write_bytes(path, (json.dumps(content, indent=2) + "\n").encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file that nobody sees half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    os.replace(str(draft), str(path))


# ------------------------------------------------------------------------------------------------- commands


def install(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    print(f"M2FP Bridge is installed: {tool(installed(options), 'm2fp')} serve starts its daemon.")
    return 0


def demo(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    return call([tool(installed(options), "m2fp"), "demo", *arguments])


@contextlib.contextmanager
def room_for(host: str) -> Iterator[ModuleType]:
    """The module that sets up a host's plug-in; what keeps it from doing so is a SetupError."""
    sys.path.insert(0, str(ROOT / "host_plugins"))
    from setting_up import SettingUpError

    try:
        yield importlib.import_module(f"setting_up.{host}")
    except SettingUpError as error:
        raise SetupError(str(error)) from error


def nuke_notes() -> Path:
    return user_folders()["config"] / "nuke.json"


def nuke(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    with room_for("nuke") as room:
        wheels = room.wanted(options.pythons, options.platforms)
        venv = installed(options)
        with claimed(venv):
            room.remember(nuke_notes(), options.dir)
            fetch = functools.partial(pip, venv)
            version = pyproject()["project"]["version"]
            made = room.install(options.dir, wheels, ROOT, version, fetch, options.wheelhouse)
    print(f"Nuke's plug-in is in {options.dir / 'm2fp'}, with pyzmq for")
    for platform in sorted({platform for _, platform in made.wheels}):
        print(f"  {platform}: Python {', '.join(python for python, on in made.wheels if on == platform)}")
    if options.dir != Path.home() / ".nuke":
        print(f"Nuke looks there where NUKE_PATH names {options.dir}.")
    print("Start Nuke: M2FP is in its Nodes menu.")
    return 0


def blender_notes() -> Path:
    return user_folders()["config"] / "blender.json"


@contextlib.contextmanager
def noted(room: ModuleType, place: Any) -> Iterator[None]:
    """Note a place before anything is put there, and forget it if nothing could be."""
    room.remember(blender_notes(), place)
    try:
        yield
    except BaseException:
        room.forget(blender_notes(), place)
        raise


def blender(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Build the archives, then put the extension into the folder named, let a Blender do it, or say how."""
    with room_for("extension") as extension, room_for("blender") as room:
        platforms = extension.platforms(options.platforms)
        found = None if options.extensions_dir else room.find(options.blender)
        venv = installed(options)
        version = pyproject()["project"]["version"]
        with claimed(venv):
            fetch = functools.partial(pip, venv)
            asked = extension.wanted(platforms)
            wheels = extension.fetch(asked, venv / "host-wheels", fetch, options.wheelhouse)
            archives = {}
            for platform in platforms:
                content = extension.pack(extension.build(ROOT, version, [platform], wheels))
                archives[platform] = ROOT / "dist" / extension.file_name(version, platform)
                write_bytes(archives[platform], content)
                print(f"Built {archives[platform]} ({len(content) / 1e6:.1f} MB)", flush=True)
            ours = archives.get(extension.this_platform())
            if options.extensions_dir:
                place = room.Place(str(options.extensions_dir / room.REPOSITORY), "", str(ROOT))
                with noted(room, place):
                    room.unpack(extension.build(ROOT, version, platforms, wheels), Path(place.folder))
                next_step = "In Blender, switch on M2FP Bridge in Edit > Preferences > Add-ons."
            elif found and found.takes_extensions and ours:
                place = room.place_of(found, ROOT)
                with noted(room, place):
                    room.install_by_blender(found, ours, place)
                next_step = "Start Blender: in the compositor, press N and open the tab Human Parts."
            else:
                if found and not found.takes_extensions:
                    print(f"{found.label} takes no extensions.")
                elif found:
                    print(f"None of them is for this machine, so {found.label} gets none.")
                file = ours or next(iter(archives.values()))
                print(
                    "For Blender 4.2 or newer, name its program with --blender PATH; or open in it "
                    "Edit > Preferences > Get Extensions, choose Install from Disk in the menu at the "
                    f"top right, and {file}."
                )
                return 0
    print(f"Blender's extension is in {Path(place.folder, extension.ID)}.\n{next_step}")
    return 0


CHECKS = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("pytest",))


def test(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Run all checks, whatever each of them says, or pytest alone with arguments; the first failure's status.

    pytest is last, so that its own closing line stands right above ours.
    """
    python = tool(installed(options, "test"), "python")
    statuses, lines = [], []
    for check in [("pytest", *arguments)] if arguments else CHECKS:
        print(f"\n=== {' '.join(check)}", flush=True)
        started = time.monotonic()
        statuses.append(call([python, "-m", *check], cwd=ROOT))
        seconds = time.monotonic() - started
        lines.append(f"{'failed' if statuses[-1] else 'ok':6}  {' '.join(check)} ({seconds:.1f} s)")
    print("", *lines, sep="\n")
    return next(filter(None, statuses), 0)


def wheelhouse(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Collect wheels of all that our commands take, with the build tools and torch's CPU build."""
    folder = Path(arguments[0]).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    venv = installed(options)
    into = ["--wheel-dir", str(folder), "--find-links", str(folder), "--constraint", str(CONSTRAINTS)]
    if cuda_packages(venv):
        torch, index = from_cpu_index()
        pip(venv, "Fetching torch's CPU build", "wheel", *into, *torch, **index)
    declared = pyproject()
    wanted = ["pip", *declared["build-system"]["requires"], *declared["project"]["dependencies"]]
    wanted += declared["project"]["optional-dependencies"]["test"]
    pip(venv, "Fetching everything else", "wheel", *into, *wanted)
    with room_for("nuke") as for_nuke, room_for("extension") as for_blender:
        host_wheels = [*for_nuke.wanted([], ["all"]), *for_blender.wanted(for_blender.PLATFORMS)]
        for each in dict.fromkeys(host_wheels):
            for_nuke.wheels.download(each, folder, functools.partial(pip, venv))
    sizes = [wheel.stat().st_size for wheel in folder.glob("*.whl")]
    print(f"{len(sizes)} wheels, {sum(sizes) / 1e6:.0f} MB. On a machine of this system and Python, run")
    print(f"  python3 install.py --wheelhouse {folder}")
    return 0


def uninstall(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    if nuke_notes().exists():
        with room_for("nuke") as room:
            folders = room.remembered(nuke_notes())
        for folder in folders:
            try:
                remove_plugin(folder, ROOT)
            except SetupError as error:
                print(error)
    if blender_notes().exists():
        with room_for("blender") as room:
            places = room.remembered(blender_notes())
        for place in places:
            try:
                if place.checkout == str(ROOT):
                    remove_extension(place)
            except SetupError as error:
                print(error)
    for archive in (ROOT / "dist").glob("m2fp_bridge-*.zip"):
        remove(archive)
    with contextlib.suppress(OSError):  # it is not there, or holds somebody else's files
        (ROOT / "dist").rmdir()
    venv = options.venv
    if (venv / MARKER).exists():
        with claimed(venv):
            empty(venv)
        remove(venv)
    else:
        print(f"Left {venv}: it is not of install.py's making." if venv.exists() else f"There is no {venv}.")
    note = record_file()
    if note.exists() and json.loads(note.read_text("utf-8")).get("m2fp") == tool(venv, "m2fp"):
        remove(note)
        with contextlib.suppress(OSError):  # other settings may lie there
            note.parent.rmdir()
    folders = user_folders()
    kinds = {"cache": "the cache", "logs": "the daemon's logs", "data": "weights and other data"}
    for kind, what in kinds.items():
        folder = folders[kind]
        if folder.exists() and agreed(f"Remove {what} in {folder}?", options.yes):
            remove(folder)
    if os.environ.get("M2FP_WEIGHTS"):
        print(f"Left {os.environ['M2FP_WEIGHTS']}: others may use the weights that M2FP_WEIGHTS names.")
    return 0


def uninstall_nuke(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    remove_plugin(options.dir)
    return 0


def remove_plugin(folder: Path, checkout: Optional[Path] = None) -> None:
    """Take Nuke's plug-in out of a folder, only if `checkout` put it there where one is given."""
    with room_for("nuke") as room:
        print(room.uninstall(folder, checkout))
        room.forget(nuke_notes(), folder)


def uninstall_blender(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    with room_for("blender") as room:
        if options.extensions_dir:
            places = [room.Place(str(options.extensions_dir / room.REPOSITORY), "", str(ROOT))]
        elif options.blender:
            places = [room.place_of(room.find(options.blender), ROOT)]
        else:
            places = room.remembered(blender_notes())
    for place in places:
        remove_extension(place)
    if not places:
        print("No extension for Blender is noted here: --blender PATH or --extensions-dir DIR names one.")
    return 0


def remove_extension(place: Any) -> None:
    """Take Blender's extension out of a place."""
    with room_for("blender") as room:
        print(room.uninstall(place))
        room.forget(blender_notes(), place)


def agreed(question: str, yes: bool) -> bool:
    if yes:
        return True
    if sys.stdin and sys.stdin.isatty():
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    print(f"{question} Nobody can be asked here, so it stays; --yes removes it.")
    return False


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(str(path))
    else:
        path.unlink()
    print(f"Removed {path}")


# --------------------------------------------------------------------------------------------- command line

COMMANDS = {
    "install": install,
    "demo": demo,
    "nuke": nuke,
    "blender": blender,
    "test": test,
    "wheelhouse": wheelhouse,
    "uninstall": uninstall,
    "uninstall nuke": uninstall_nuke,
    "uninstall blender": uninstall_blender,
}


def parse(line: List[str]) -> Tuple[argparse.Namespace, List[str]]:
    """Our own options, wherever they stand, with the command among them; and what is left for the command."""
    general = argparse.ArgumentParser(add_help=False)
    general.add_argument("--venv", metavar="DIR", type=Path, default=DEFAULT_VENV, help="install into DIR")
    general.add_argument("--wheelhouse", metavar="DIR", type=Path, help="install from DIR, without a network")
    general.add_argument("--yes", action="store_true", help="uninstall: remove weights and cache unasked")
    parser = argparse.ArgumentParser(
        prog="install.py",
        usage="python3 install.py [demo|nuke|blender|test|wheelhouse|uninstall] [options]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[general],
    )
    parser.add_argument("--python", metavar="PATH", help="the Python to install for, 3.11 or newer")
    end = line.index("--") if "--" in line else len(line)
    options, rest = parser.parse_known_args(line[:end])
    options.command, *own = rest or ["install"]
    host = own[0] if options.command == "uninstall" and own else options.command
    if host in HOSTS:
        at = line.index(host)
        options, before = parser.parse_known_args(line[:at])
        HOSTS[host](general, line[at + 1 : end], options)
        options.command, own = " ".join([*before, host]), []
    after = line[end + 1 :]
    if options.command not in COMMANDS:
        parser.error(f"no command or option {options.command}: there are {', '.join(COMMANDS)}, see --help")
    if options.command == "test" and own:
        parser.error("pytest's arguments go after --, as in: install.py test -- -k hair")
    if options.command == "wheelhouse" and len(own + after) != 1:
        parser.error("wheelhouse takes one folder: install.py wheelhouse DIR")
    if options.command not in ("demo", "test", "wheelhouse") and own + after:
        parser.error(f"{options.command} takes no {' '.join(own + after)}")
    options.venv = options.venv.expanduser().resolve()
    if options.wheelhouse:
        options.wheelhouse = options.wheelhouse.expanduser().resolve()
        if not list(options.wheelhouse.glob("*.whl")):
            parser.error(f"no wheels in {options.wheelhouse}: install.py wheelhouse DIR makes some")
    return options, own + after


def parse_for_nuke(general: argparse.ArgumentParser, words: List[str], options: argparse.Namespace) -> None:
    """Add to `options` what stands after `nuke`, where --python takes versions."""
    parser = argparse.ArgumentParser(prog="install.py nuke", allow_abbrev=False, parents=[general])
    parser.add_argument("--dir", type=Path, default=Path("~/.nuke"))
    parser.add_argument("--python", dest="pythons", nargs="+", default=[])
    parser.add_argument("--platform", dest="platforms", nargs="+", default=[])
    parser.parse_args(words, options)
    options.dir = absolute(options.dir)


def parse_for_blender(
    general: argparse.ArgumentParser, words: List[str], options: argparse.Namespace
) -> None:
    """Add to `options` what stands after `blender`."""
    parser = argparse.ArgumentParser(prog="install.py blender", allow_abbrev=False, parents=[general])
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--blender", metavar="PATH", type=Path)
    where.add_argument("--extensions-dir", metavar="DIR", type=Path)
    parser.add_argument("--platform", dest="platforms", nargs="+", default=[])
    parser.parse_args(words, options)
    options.blender = options.blender and absolute(options.blender)
    options.extensions_dir = options.extensions_dir and absolute(options.extensions_dir)


HOSTS = {"nuke": parse_for_nuke, "blender": parse_for_blender}


def absolute(path: Path) -> Path:
    return Path(os.path.abspath(str(path.expanduser())))  # a link in it is the user's, and stays


def main() -> int:
    # A terminated set-up has to take pip along, which would else go on in an environment that nobody holds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options, arguments = parse(sys.argv[1:])
    try:
        hand_over(options.python)
        return COMMANDS[options.command](options, arguments)
    except SetupError as error:
        problem, status = str(error), 1
    except KeyboardInterrupt:
        problem, status = "Broken off; the same command takes it up again.", 130
    except OSError as error:
        options_by_host = {"nuke": "--dir", "blender": "--extensions-dir"}
        option = options_by_host.get(options.command.split()[-1], "--venv")
        full = error.errno == errno.ENOSPC
        what_to_do = "free some 3 GB" if full else f"choose a folder with {option} DIR"
        problem, status = f"Cannot go on ({error}): {what_to_do} and try again.", 1
    print(problem, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
