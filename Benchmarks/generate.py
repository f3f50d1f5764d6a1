#!/usr/bin/env python3
"""Writes made-up posts for the benchmark: front matter, rss head and an HTML body of Chinese and English paragraphs.

Post number i of a seed and size has the same bytes for any count, on every machine; no two posts are equal. The output
has a digest over all of them, so that two runs can be compared.
"""

import argparse
import datetime
import hashlib
import os
import random
import sys
import time

# All text is made up for this benchmark: words of two of these characters, or of two or three of these syllables. The number of
# words makes a post compress like a real one (to 0.44 of its size by zlib), since git compresses.
CHARACTERS = ("山水田林河海风云雨雪日月星天地人民市城乡村港桥路车船灯书报纸信笔图画音乐歌舞学校老师生年月时春夏秋冬东西南北"
              "中国家会议员工厂商店医院公园广场门窗房屋花草树木鱼鸟马牛羊米面茶饭菜果金银铜铁石土火电光热冷长短高低新旧")
SYLLABLES = ("ba be bri cal con dor el fen gar har in jor kel lan lor mar mer nor old or pel quin ra ren sal sen tar "
             "ter ul ven wal wen yar zel ton ley ford ber ing ent").split()
WORDS = random.Random("words")
HAN = ["".join(WORDS.sample(CHARACTERS, 2)) for _ in range(1200)]
HAN_VERBS = ["".join(WORDS.sample(CHARACTERS, 2)) for _ in range(200)]
HAN_TIMES = "周一 周二上午 昨天夜里 今年春天 上个月 十年以来 本周 雨季之前 下午三时 近日".split()
ENGLISH = ["".join(WORDS.choices(SYLLABLES, k=WORDS.choice((2, 2, 3)))) for _ in range(1200)]
ENGLISH_VERBS = [word + "ed" for word in WORDS.sample(ENGLISH, 200)]
SOURCES = ("海湾日报", "山谷电台", "Lantern Weekly", "河口通讯", "North Quay Post")
# Of 115,136 real posts in four repositories: how many are in each, its smallest, its median, the size that 99 of 100 do
# not exceed, and its largest.
REAL_SIZES = ((64_589, 324, 3_421, 31_223, 443_320), (29_591, 288, 1_247, 26_659, 128_508),
              (15_271, 285, 678, 2_291, 10_565), (5_685, 361, 21_538, 176_242, 678_995))
SMALLEST = 600
FILLER = "the ferry to the far side of the bay left the quay at noon and the harbour was quiet until evening "


def han_sentence(rng):
    sentence = f"{rng.choice(HAN_TIMES)}，{rng.choice(HAN)}的{rng.choice(HAN)}{rng.choice(HAN_VERBS)}了{rng.choice(HAN)}"
    if rng.random() < 0.5:
        sentence += f"，而{rng.choice(HAN)}与{rng.choice(HAN)}仍在{rng.choice(HAN_VERBS)}{rng.choice(HAN)}"
    return sentence + rng.choice("。。。！？")


def english_sentence(rng):
    sentence = f"The {rng.choice(ENGLISH)} {rng.choice(ENGLISH_VERBS)} the {rng.choice(ENGLISH)}"
    if rng.random() < 0.5:
        sentence += f" near the {rng.choice(ENGLISH)}, and {rng.randint(2, 400)} {rng.choice(ENGLISH)}s"
        sentence += f" were {rng.choice(ENGLISH_VERBS)}"
    return sentence + ". "


def decorate(rng, sentence):
    """Sometimes the markup and the character references that scraped posts have inside their sentences."""
    kind = rng.random()
    if kind < 0.06:
        return f"<strong>{sentence}</strong>"
    if kind < 0.12:
        return f'<a href="https://www.example.net/{rng.randint(1, 99999)}?a=1&amp;b=2">{sentence}</a>'
    if kind < 0.16:
        return f"&ldquo;{sentence}&rdquo;&nbsp;"
    if kind < 0.18:
        return f"{sentence}&#8212;<br/>"
    return sentence


def block(rng):
    """One element of a body, 60 to 900 bytes."""
    sentence = han_sentence if rng.random() < 0.6 else english_sentence
    text = "".join(decorate(rng, sentence(rng)) for _ in range(rng.randint(1, 6)))
    kind = rng.random()
    if kind < 0.04:
        return f"<h2>{han_sentence(rng)}</h2>\n"
    if kind < 0.08:
        return f"<blockquote>{text}</blockquote>\n"
    if kind < 0.11:
        return "<ul>" + "".join(f"<li>{sentence(rng)}</li>" for _ in range(3)) + "</ul>\n"
    if kind < 0.15:
        return f'<figure><img src="https://img.example.net/{rng.randint(1, 999999)}.jpg" alt="{rng.choice(HAN)}"/>' \
               f"<figcaption>{han_sentence(rng)}</figcaption></figure>\n"
    if kind < 0.17:
        return f'<!-- slot {rng.randint(1, 9)} --><div class="dfp-ad" id="slot-{rng.randint(1, 9)}"></div>\n'
    return f"<p>{text}</p>\n"


def encoded_blocks(seed):
    rng = random.Random(f"{seed}/blocks")
    return [block(rng).encode() for _ in range(6000)]


def real_size(rng):
    """A size distributed as in real posts: evenly, on a logarithmic scale, between the known sizes of a repository."""
    _, *known = rng.choices(REAL_SIZES, [repository[0] for repository in REAL_SIZES])[0]
    place = rng.random()
    for below, above, low, high in zip((0, 0.5, 0.99), (0.5, 0.99, 1), known, known[1:]):
        if place < above:
            return max(SMALLEST, round(low * (high / low) ** ((place - below) / (above - below))))
    return known[-1]


def make_post(seed, size, index, blocks):
    rng = random.Random(f"{seed}/{size}/{index}")
    size = size or real_size(rng)
    epoch = 1_420_070_400_000 + index * 17_234_567 % 315_000_000_000  # ten years from 2015-01-01
    instant = datetime.datetime.fromtimestamp(epoch // 1000, datetime.timezone.utc)
    date = f"{instant:%Y-%m-%dT%H:%M:%S}.{epoch % 1000:03d}Z"
    title = f"{rng.choice(HAN)}{rng.choice(HAN_VERBS)}{rng.choice(HAN)} {rng.choice(ENGLISH)} {index}"
    source = rng.choice(SOURCES)
    url = f"https://news.example.net/{instant:%Y/%m}/story-{index}?utm=rss"
    head = (f'---\nlayout: post\ntitle: "{title}"\ndate: {date}\nauthor: {source}\nfrom: {url}\n'
            f"tags: [ {source} ]\ncomments: True\ncategories: [ {source} ]\n---\n"
            f"<!--{epoch}-->\n[{title}]({url})\n------\n\n<div>\n").encode()
    tail = b"\n</div>\n"
    room = size - len(head) - len(tail)
    if room < 32:
        sys.exit(f"generate.py: --size {size} is too small")
    body = []
    while True:
        chosen = blocks[int(rng.random() * len(blocks))]
        if len(chosen) > room - 32:
            break
        body.append(chosen)
        room -= len(chosen)
    # The last paragraph fills the post to its exact size.
    filler = f"{rng.randrange(10**12)} " + FILLER * (room // len(FILLER) + 1)
    body.append(b"<p>" + filler.encode()[: room - 7] + b"</p>")
    return f"{instant:%Y-%m-%d}-{title}.md", head + b"".join(body) + tail


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="folder to make; it must not exist or be empty")
    parser.add_argument("--count", type=int, default=20_000, help="posts (default 20000)")
    parser.add_argument("--size", type=int, default=8192, help="bytes of each post (default 8192, at least 600)")
    parser.add_argument("--real-sizes", action="store_true", help="sizes spread like those of real posts instead")
    parser.add_argument("--seed", default="provenance", help="other seeds give other posts")
    options = parser.parse_args()
    if options.count < 1 or options.size < SMALLEST:
        parser.error(f"--count must be at least 1 and --size at least {SMALLEST}")
    os.makedirs(options.folder, exist_ok=True)
    if os.listdir(options.folder):
        parser.error(f"{options.folder} is not empty")

    start = time.monotonic()
    blocks = encoded_blocks(options.seed)
    whole, written = hashlib.sha256(), 0
    folder = os.open(options.folder, os.O_RDONLY | os.O_DIRECTORY)
    for index in range(options.count):
        name, post = make_post(options.seed, 0 if options.real_sizes else options.size, index, blocks)
        whole.update(post)
        written += len(post)
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder)
        os.write(file, post)
        os.close(file)
    print(f"{options.count} posts, {written} bytes in all, in {time.monotonic() - start:.1f} s, "
          f"sha256 of all {whole.hexdigest()}")


if __name__ == "__main__":
    main()
