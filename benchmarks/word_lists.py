"""``python -m benchmarks.word_lists``: make the word lists of ``services/search/text/words`` out of named packages.

- SCOWL 2020.12.07 (Debian package ``scowl``, unpacked with ``dpkg-deb -x``): English to level 70, and which spellings
  are British and which American.
- The technical word lists of cspell (npm packages ``@cspell/dict-*``, as ``npm pack`` leaves them).
- Common misspellings (npm ``@cspell/dict-en-common-misspellings``) and wordfreq 3.1.1 (PyPI), English words in use:
  both CC BY-SA, so each stays in a file of its own.

A list of words is kept as the ascending CRC-32 of each, four bytes little-endian: a word is wrongly in it once in ten
thousand.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click
import numpy as np

OUT: Final = Path(__file__).resolve().parents[1] / "services" / "search" / "text" / "words"
#: The technical lists: languages, tools, platforms. People's names, and lists of misspellings, are none.
CSPELL: Final = """
    ada al aws bash companies cpp cryptocurrencies csharp css dart data-science django docker dotnet elixir
    filetypes flutter fonts fsharp fullstack git golang google haskell html java julia k8s kotlin latex lua makefile
    markdown mnemonics monkeyc node npm php powershell python r ruby rust scala shell software-terms sql swift
    terraform typescript vue zig
"""
#: Commands of coreutils, util-linux and procps, which no list has in full.
_COMMANDS: Final = """
    awk sed grep egrep fgrep chmod chown chgrp chroot cksum comm csplit cut dircolors dirname expr fmt fold groups
    hostid install join link logname md5sum mkdir mkfifo mknod mktemp nice nohup nproc numfmt pathchk pinky printenv
    printf ptx pwd readlink realpath rmdir runcon shred shuf sha1sum sha256sum sleep split stat stdbuf stty sync tac
    tail tee timeout touch tsort tty uname unexpand uniq unlink uptime vdir whoami yes dmesg fallocate fdisk findmnt
    flock fsck fstrim getopt hexdump hwclock ionice ipcmk ipcrm ipcs kill last logger login losetup lsblk lscpu
    lsipc lslocks lsmem lsns mcookie mkfs mkswap more mount mountpoint namei nologin nsenter partx pivot prlimit
    renice rev rfkill script setarch setpriv setsid sfdisk swapoff swapon switch taskset umount unshare utmpdump
    uuidgen wall wdctl whereis wipefs zramctl free pgrep pidof pkill pmap pwdx slabtop snice sysctl tload top vmstat
    watch jmap jps jstack jstat jcmd strace ltrace lsof netstat iostat mpstat dstat htop tcpdump dig nslookup
    traceroute
"""
_WORD: Final = re.compile(r"[a-z]{3,20}")
_LEVEL = 70
_COMMON_LEVEL = 35
_SPELLING_LEVEL = 70
#: Short words that people run together with others; other short words are letters.
_SHORT: Final = """
    add age air all and any app are art bad big bit box boy bug buy bus can car cat cut day did dog end eye far few
    fix for get had has her him his hot how its job key kid let log lot low man map new not now off old one our out
    own pay put red run saw say see set she sit six sun ten the too top try two use war was way web who why win you
"""
#: British endings and the American ones; a pair counts if the lists have the first as British and the second as
#: American.
_ENDINGS: Final = (
    (r"ys(e|ed|er|ers|ing|able)$", r"yz\1"),
    (r"our", "or"),
    (r"(?<=[bcdfghkptv])re(s|d|)$", r"er\1"),
    (r"(?<=[bcdfghkptv])r(ed|ing|al|ally)$", r"er\1"),
    (r"ll(ed|er|ers|ing|ings|able|ery|or|ors|ist|ists|ous|ously)$", r"l\1"),
    (r"l(|s|ment|ments)$", r"ll\1"),
    (r"pp(ed|er|ers|ing)$", r"p\1"),
    (r"tt(ed|er|ers|ing)$", r"t\1"),
    (r"ss(ed|es|ing)$", r"s\1"),
    (r"ence", "ense"),
    (r"ce$", "se"),
    (r"s(e|ed|es|ing|er|ers)$", r"c\1"),
    (r"ogue", "og"),
    (r"amme(s|)$", r"am\1"),
    (r"ae", "e"),
    (r"oe", "e"),
    (r"ph", "f"),
    (r"efact", "ifact"),
    (r"dgement", "dgment"),
    (r"eing$", "ing"),
    (r"eable", "able"),
    (r"en(quir)", r"in\1"),
    (r"grey", "gray"),
    (r"sc(?=ept)", "sk"),
    (r"ough", "ow"),
    (r"ould", "old"),
    (r"oult", "olt"),
    (r"(?<=[aeiou])nt$", "ned"),
    (r"iu(?=m)", "u"),
    (r"manoeuvr", "maneuver"),
    (r"manoeuvre", "maneuver"),
    (r"cosi", "cozi"),
    (r"cosy", "cozy"),
    (r"pyjama", "pajama"),
    (r"arse", "ass"),
    (r"disc", "disk"),
)
#: American forms that are another, common word in British English: cheques are not checks.
_FALSE_FRIENDS: Final = re.compile(r"cheque|storey|tyre|tonne|^metre|arse|prise|matre")
#: Pairs that the lists do not tell apart, since Americans write both, and irregular ones.
_ALSO: Final = """
    skilful=skillful skilfully=skillfully wilful=willful wilfully=willfully learnt=learned burnt=burned dreamt=dreamed
    spoilt=spoiled jewellery=jewelry woollen=woolen benefitted=benefited benefitting=benefiting greyscale=grayscale
    centrepiece=centerpiece disc=disk discs=disks kilometre=kilometer kilometres=kilometers
    kerb=curb kerbs=curbs kerbed=curbed kerbing=curbing kerbside=curbside draught=draft draughts=drafts
    draughty=drafty draughtsman=draftsman draughtsmen=draftsmen gaol=jail gaols=jails gaoled=jailed gaoler=jailer
    moustache=mustache moustaches=mustaches doughnut=donut doughnuts=donuts yoghurt=yogurt yoghurts=yogurts
    chilli=chili chillies=chilies aeroplane=airplane aeroplanes=airplanes leapt=leaped leant=leaned spilt=spilled
    adviser=advisor advisers=advisors adaptor=adapter adaptors=adapters convertor=converter convertors=converters
    requestor=requester requestors=requesters despatch=dispatch despatched=dispatched despatches=dispatches
    despatcher=dispatcher despatchers=dispatchers despatching=dispatching hiccough=hiccup hiccoughs=hiccups
    whisky=whiskey whiskies=whiskeys greylist=graylist greylists=graylists greylisted=graylisted
    greylisting=graylisting phoney=phony carburettor=carburetor carburettors=carburetors datacentre=datacenter
    datacentres=datacenters tsar=czar tsars=czars syphon=siphon syphons=siphons syphoned=siphoned
    syphoning=siphoning mollusc=mollusk molluscs=mollusks pedlar=peddler pedlars=peddlers swop=swap swops=swaps
    swopped=swapped swopping=swapping waggon=wagon waggons=wagons liquorice=licorice titbit=tidbit titbits=tidbits
    licencing=licensing racoon=raccoon racoons=raccoons behove=behoove behoves=behooves catsup=ketchup
    scaleable=scalable scaleability=scalability
"""


def scowl_words(folder: Path, *kinds: str, level: int) -> set[str]:
    """The words of the lists of ``kinds`` (``english``, ``british``) up to ``level``, lower case."""
    found: set[str] = set()
    for path in (folder / "usr" / "share" / "dict" / "scowl").iterdir():
        kind, _, number = path.name.partition(".")
        region = kind.rsplit("-", 1)[0] if "-" in kind else kind
        if (kind in kinds or region in kinds) and int(number) <= level and "contractions" not in kind:
            lines = path.read_text(encoding="iso-8859-1").splitlines()
            found.update(word for line in lines if _WORD.fullmatch(word := line.strip().lower().removesuffix("'s")))
    return found


def cspell_words(folder: Path) -> set[str]:
    """The words of the packed dictionaries in ``folder``; of a compound its words as well."""
    found: set[str] = set()
    for name in CSPELL.split():
        for path in sorted(folder.glob(f"cspell-dict-{name}-[0-9]*.tgz")):
            for text in _texts(path):
                for line in text.splitlines():
                    entry = line.split("#")[0].strip()
                    if entry and not entry.startswith(("!", "~")):
                        found.update(
                            _WORD.findall(entry.replace("*", "").replace("+", "").lower()) if _is_word(entry) else ()
                        )
    return found


def _is_word(entry: str) -> bool:
    return re.fullmatch(r"[*+]?[A-Za-z]{3,20}[*+]?", entry) is not None


def _texts(path: Path) -> Iterator[str]:
    with tarfile.open(path) as tar:
        for member in tar:
            if re.search(r"\.txt(\.gz)?$", member.name) and "LICENSE" not in member.name and "/src/" not in member.name:
                stream = tar.extractfile(member)
                raw = stream.read() if stream else b""
                yield (gzip.decompress(raw) if member.name.endswith(".gz") else raw).decode("utf-8", "ignore")


def wordfreq_words(wheel: Path) -> set[str]:
    """All English words of wordfreq. Its file is a list of lists of words, so its strings suffice."""
    with zipfile.ZipFile(wheel) as archive:
        raw = gzip.decompress(archive.read("wordfreq/data/large_en.msgpack.gz"))
    return set(_strings(raw))


def _strings(raw: bytes) -> Iterator[str]:
    """The short strings of a MessagePack document (``fixstr``) that are plain words."""
    at = 0
    while at < len(raw):
        size = raw[at] & 0x1F if raw[at] & 0xE0 == 0xA0 else 0
        text = raw[at + 1 : at + 1 + size]
        if size and text.isalpha() and text.islower() and _WORD.fullmatch(text.decode("ascii", "ignore")):
            yield text.decode()
            at += size
        at += 1


def misspellings(folder: Path) -> set[str]:
    """The entries of cspell's list of common misspellings, each as ``wrong->right``."""
    path = next(iter(folder.glob("cspell-dict-en-common-misspellings-*.tgz")))
    with tarfile.open(path) as tar:
        stream = tar.extractfile("package/dict/dict-en.json")
        entries = re.findall(r'"([a-z]{3,20})->', stream.read().decode() if stream else "")
    return set(entries)


def spellings(folder: Path) -> dict[str, str]:
    """British → American, if each list has its own spelling."""
    american = scowl_words(folder, "american-words", "english-words", level=_SPELLING_LEVEL)
    british = scowl_words(folder, "british-words", "british_z-words", "british_variant_1-words", level=_SPELLING_LEVEL)
    pairs: dict[str, str] = {}
    for word in sorted(british - american):
        if _FALSE_FRIENDS.search(word):
            continue
        for ending, other in _ENDINGS:
            meant = re.sub(ending, other, word)
            if meant != word and meant in american:
                pairs[word] = meant
                break
    return pairs | dict(pair.split("=") for pair in _ALSO.split())


def kept_endings(folder: Path) -> list[str]:
    """The stems before -ise, -ises, -ising … in words that Americans write so too (adverti-se, promi-sing)."""
    american = scowl_words(folder, "american-words", "english-words", level=80)
    endings = re.compile(r"([iy])s(?:e|ed|es|er|ers|ing|able|ation|ations)$")
    return sorted({word[: match.end(1)] for word in american if (match := endings.search(word))})


def write_crcs(path: Path, words: Iterable[str]) -> int:
    """Write the ascending CRC-32 of ``words``; how many there are."""
    values = np.unique(np.array([zlib.crc32(word.encode()) for word in words], dtype="<u4"))
    path.write_bytes(values.tobytes())
    return len(values)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("scowl", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("cspell", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("wordfreq", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def main(*, scowl: Path, cspell: Path, wordfreq: Path) -> None:
    """Write the lists: SCOWL (folder of the unpacked package), CSPELL (folder of .tgz), WORDFREQ (wheel)."""
    for place, needed, what in (
        (scowl, "usr/share/dict/scowl", "SCOWL"),
        (cspell, "cspell-dict-en-common-misspellings-*.tgz", "CSPELL"),
    ):
        if not any(place.glob(needed)):
            raise click.BadParameter(f"{place / needed} does not exist: see the head of this module", param_hint=what)
    if not zipfile.is_zipfile(wordfreq):
        raise click.BadParameter(f"{wordfreq} is not a wheel: see the head of this module", param_hint="WORDFREQ")
    english = scowl_words(
        scowl,
        *("english", "american", "british", "british_z", "canadian", "australian", "special"),
        *(f"{region}_variant_{number}" for region in ("british", "canadian", "australian") for number in (1, 2)),
        *(f"variant_{number}" for number in (1, 2)),
        level=_LEVEL,
    )
    technical = cspell_words(cspell)
    free = english | technical | {word for word in _COMMANDS.split() if _WORD.fullmatch(word)}
    common = {word for word in scowl_words(scowl, "english", "american", level=_COMMON_LEVEL) if len(word) > 3}
    click.echo(f"known    {write_crcs(OUT / 'known.crc32', free):8}")
    wrong = misspellings(cspell) - free
    click.echo(f"misspelt {write_crcs(OUT / 'misspelt.crc32', wrong):8}")
    click.echo(f"wordfreq {write_crcs(OUT / 'wordfreq.crc32', wordfreq_words(wordfreq) - free - wrong):8}")
    click.echo(f"common   {write_crcs(OUT / 'common.crc32', common | set(_SHORT.split())):8}")
    pairs = spellings(scowl)
    lines = [f"{british} {american}" for british, american in sorted(pairs.items())]
    lines += [f"{word} -" for word in kept_endings(scowl)]
    (OUT / "spellings.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
    click.echo(f"spelling {len(lines):8}")


if __name__ == "__main__":
    main()
