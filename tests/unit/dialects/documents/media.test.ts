/** Pictures, files, durations, episodes and tags of Media RSS and iTunes, in RSS and in Atom. */
import { describe, expect, it } from "vitest"
import { secondsOf } from "../../../../src/dialects/documents/duration.ts"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"

const NAMESPACES =
  'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ' +
  'xmlns:content="http://purl.org/rss/1.0/modules/content/"'

interface Read {
  attachments?: object[]
  tags?: string[]
  warnings: string[] | undefined
}

function draftOf(document: string): Read {
  const reading = readXmlDocument(new TextEncoder().encode(document), undefined)
  if ("problem" in reading) throw new Error(reading.problem.detail)
  const [draft] = reading.drafts
  return { ...(draft?.value as object), warnings: draft?.warnings }
}
const rss = (inside: string, base = "<link>https://a.example/</link>") =>
  draftOf(
    `<rss version="2.0" ${NAMESPACES}><channel><title>t</title>${base}<item><guid>1</guid>${inside}</item></channel></rss>`,
  )
const atom = (inside: string) =>
  draftOf(
    `<feed xmlns="http://www.w3.org/2005/Atom" ${NAMESPACES}><id>f</id><link href="https://a.example/"/>` +
      `<entry><id>1</id>${inside}</entry></feed>`,
  )
const image = (url: string, rest: object = {}) => ({
  url: `https://a.example/${url}`,
  mime_type: "image/jpeg",
  ...rest,
})

describe("all pictures of a gallery are kept, each once", () => {
  const cases: [name: string, inside: string, lead: string, others: object[]][] = [
    [
      "in the order of the document",
      `<media:content url="1.jpg"/><media:content url="2.jpg"/><media:content url="3.jpg"/>`,
      "1.jpg",
      [image("2.jpg"), image("3.jpg")],
    ],
    [
      "the largest leads",
      `<media:content url="1.jpg" width="9"/><media:content url="2.jpg" width="99"/>`,
      "2.jpg",
      [image("1.jpg")],
    ],
    [
      "the default leads",
      `<media:content url="1.jpg" width="9"/><media:content url="2.jpg" isDefault="true"/>`,
      "2.jpg",
      [image("1.jpg")],
    ],
    [
      "with their captions",
      `<media:content url="1.jpg"/><media:content url="2.jpg" fileSize="5"><media:title>T</media:title>` +
        `<media:description>C</media:description></media:content><media:content url="3.jpg"><media:title>T</media:title></media:content>`,
      "1.jpg",
      [image("2.jpg", { title: "C", size_in_bytes: 5 }), image("3.jpg", { title: "T" })],
    ],
    [
      "a group is one picture",
      `<media:group><media:content url="a/1.jpg" width="9"/><media:content url="b/2.jpg" width="99"/></media:group>` +
        `<media:group><media:content url="c.jpg"/></media:group>`,
      "b/2.jpg",
      [image("c.jpg")],
    ],
    [
      "other numbers in a query",
      `<media:content url="p.jpg?id=1" width="600"/><media:content url="p.jpg?id=2" width="600"/>`,
      "p.jpg?id=1",
      [image("p.jpg?id=2")],
    ],
    [
      "a gallery in one group",
      `<media:group><media:content url="1.jpg"/><media:content url="2.jpg"/><media:content url="3.jpg"/></media:group>`,
      "1.jpg",
      [image("2.jpg"), image("3.jpg")],
    ],
    [
      "a gallery in one group with captions",
      `<media:group><media:content url="1.jpg" width="9"><media:title>A</media:title></media:content>` +
        `<media:content url="2.jpg" width="8"><media:title>B</media:title></media:content></media:group>`,
      "1.jpg",
      [image("2.jpg", { title: "B" })],
    ],
    [
      "two pictures in one group, in two sizes each",
      `<media:group><media:content url="a.jpg" width="9"/><media:content url="b.jpg" width="99"/>` +
        `<media:content url="c.jpg" width="9"/><media:content url="d.jpg" width="99"/></media:group>`,
      "b.jpg",
      [image("d.jpg")],
    ],
    [
      "sizes in a query",
      `<media:content url="1.jpg?width=140&amp;s=a" width="140"/><media:content url="1.jpg?width=460&amp;s=b" width="460"/>`,
      "1.jpg?width=460&s=b",
      [],
    ],
    [
      "sizes in a path",
      `<media:content url="240/1.jpg" width="240"/><media:content url="1024/1.jpg" width="1024"/><media:content url="240/2.jpg" width="240"/>`,
      "1024/1.jpg",
      [image("240/2.jpg")],
    ],
    [
      "sizes in a name",
      `<media:content url="p-300x200.jpg" width="300" height="200"/><media:content url="p-600x400.jpg" width="600" height="400"/>`,
      "p-600x400.jpg",
      [],
    ],
    [
      "numbers that are no sizes",
      `<media:content url="p/1/x.jpg" width="9"/><media:content url="p/2/x.jpg" width="9"/>`,
      "p/1/x.jpg",
      [image("p/2/x.jpg")],
    ],
    [
      "ids beside sizes in a query",
      `<media:content url="p.jpg?id=3&amp;w=100"/><media:content url="p.jpg?id=4&amp;w=100"/><media:content url="p.jpg?id=4&amp;w=900" width="900"/>`,
      "p.jpg?id=4&w=900",
      [image("p.jpg?id=3&w=100")],
    ],
    [
      "numbers of pictures in one query",
      `<media:content url="get.jpg?file=1&amp;size=5" width="5"/><media:content url="get.jpg?file=2&amp;size=5" width="5"/>`,
      "get.jpg?file=1&size=5",
      [image("get.jpg?file=2&size=5")],
    ],
    [
      "a gallery of similar widths in one group",
      `<media:group><media:content url="1.jpg" width="800"/><media:content url="2.jpg" width="900"/><media:content url="3.jpg" width="1000"/></media:group>`,
      "3.jpg",
      [image("1.jpg"), image("2.jpg")],
    ],
    [
      "a gallery of counted pictures in one group",
      `<media:group><media:content url="p-01.jpg" width="600"/><media:content url="p-02.jpg" width="1200"/></media:group>`,
      "p-02.jpg",
      [image("p-01.jpg")],
    ],
    [
      "a gallery of named pictures in one group, in two sizes each",
      `<media:group><media:content url="bridge-300.jpg" width="300"/><media:content url="bridge-900.jpg" width="900"/>` +
        `<media:content url="harbour-300.jpg" width="300"/><media:content url="harbour-900.jpg" width="900"/></media:group>`,
      "bridge-900.jpg",
      [image("harbour-900.jpg")],
    ],
    [
      "a group with names of programs",
      `<media:group><media:content url="3f9a1c.jpg" width="300"/><media:content url="77be0d.jpg" width="900"/></media:group>`,
      "77be0d.jpg",
      [],
    ],
    [
      "a group with names of sizes",
      `<media:group><media:content url="small.jpg" width="300"/><media:content url="large.jpg" width="900"/></media:group>`,
      "large.jpg",
      [],
    ],
    [
      "a group with one picture in two folders",
      `<media:group><media:content url="300/a.jpg" width="300"/><media:content url="310/a.jpg" width="310"/></media:group>`,
      "310/a.jpg",
      [],
    ],
    [
      "a picture of the body with another id",
      `<description>&lt;img src="https://a.example/p.jpg?id=1&amp;amp;w=9"&gt;&lt;img src=/q.jpg?id=1&gt;</description>` +
        `<media:content url="1.jpg"/><media:content url="p.jpg?id=1"/><media:content url="p.jpg?id=2"/><media:content url="q.jpg?id=1"/><media:content url="q.jpg?id=2"/>`,
      "1.jpg",
      [image("p.jpg?id=2"), image("q.jpg?id=2")],
    ],
    [
      "one page in the query of each picture",
      `<media:content url="1.jpg?from=https://b.example/5"/><media:content url="2.jpg?from=https://b.example/5"/><media:content url="3.jpg?from=https://b.example/5"/>`,
      "1.jpg?from=https://b.example/5",
      [image("2.jpg?from=https://b.example/5"), image("3.jpg?from=https://b.example/5")],
    ],
    [
      "folders with usual widths as their numbers",
      `<media:content url="100/p.jpg"/><media:content url="300/p.jpg"/><media:content url="1000/p.jpg"/>`,
      "100/p.jpg",
      [image("300/p.jpg"), image("1000/p.jpg")],
    ],
    [
      "queries that are no sizes",
      `<media:content medium="image" url="?id=1"/><media:content medium="image" url="?id=2"/>`,
      "?id=1",
      [image("?id=2")],
    ],
    [
      "portraits of authors are no pictures",
      `<media:content medium="image" url="https://0.gravatar.com/avatar/1?s=96"/><media:content url="1.jpg"/>`,
      "1.jpg",
      [],
    ],
    [
      "pictures of the body are no attachments",
      `<description>&lt;img src="https://a.example/2.jpg?w=640"&gt;&lt;img srcset="/3.jpg 2x"&gt;</description>` +
        `<media:content url="1.jpg"/><media:content url="http://a.example/2.jpg"/><media:content url="3.jpg"/><media:content url="4.jpg"/>`,
      "1.jpg",
      [image("4.jpg")],
    ],
  ]
  it.each(cases)("%s", (_, inside, lead, others) => {
    expect(rss(inside)).toMatchObject({ image: `https://a.example/${lead}`, warnings: [] })
    expect(rss(inside).attachments ?? []).toEqual(others)
    if (!inside.includes("<description>")) expect(atom(inside).attachments ?? []).toEqual(others)
  })
})

describe("files", () => {
  const film = { url: "https://a.example/v.mp4", mime_type: "video/mp4" }
  const cases: [name: string, inside: string, attachments: object[], warnings: string[]][] = [
    [
      "a Flash player by its type",
      `<media:content url="https://youtube.example/v/1" type="application/x-shockwave-flash"/>`,
      [],
      [],
    ],
    [
      "a Flash player by its name",
      `<media:content url="p.swf?file=v.mp4"/><enclosure url="q.SWF" length="1" type="video/mp4"/>`,
      [],
      [],
    ],
    [
      "YouTube's player for Flash",
      `<media:content url="https://www.youtube.com/v/a?version=3" medium="video"/>`,
      [],
      [],
    ],
    ["an enclosure for Flash", `<enclosure url="p" type="application/futuresplash" length="1"/>`, [], []],
    [
      "a film beside its player",
      `<media:player url="p.swf"/><media:content url="v.mp4" type="video/mp4"/>`,
      [film],
      [],
    ],
    [
      "a file without an absolute address",
      `<enclosure url="v.mp4" type="video/mp4" length="1"/><media:content url="1.jpg"/>`,
      [],
      [
        'media:content was left out: "1.jpg" is no absolute http or https address',
        'an enclosure was left out: "v.mp4" is no absolute http or https address',
      ],
    ],
    [
      "films before further pictures",
      `<media:content url="1.jpg"/><media:content url="2.jpg"/><media:content url="v.mp4"/>`,
      [film, image("2.jpg")],
      [],
    ],
  ]
  it.each(cases)("%s", (_, inside, attachments, warnings) => {
    const draft = rss(inside, warnings.length > 0 ? "" : undefined)
    expect([draft.attachments ?? [], draft.warnings]).toEqual([attachments, warnings])
  })
})

describe("podcasts", () => {
  it("a Flash player's thumbnail is the lead image", () => {
    const player = `<media:content url="p.swf"><media:thumbnail url="1.jpg"/></media:content>`
    expect(rss(player)).toMatchObject({ image: "https://a.example/1.jpg" })
  })

  const durations: [written: string, seconds: number | undefined][] = [
    ["3723", 3723],
    [" 90.5 ", 90.5],
    ["62:03", 3723],
    ["1:02:03", 3723],
    ["01:02:03.5", 3723.5],
    ["1 : 02 : 03", 3723],
    ["٣٠:١٥", 1815],
    ["۱:۰۰:۰۱", 3601],
    ["PT1H2M3S", 3723],
    ["PT45M", 2700],
    ["1h 2m 3s", 3723],
    ["45 min", 2700],
    ["1 hr 5 mins", 3900],
    ["2 hours, 3 minutes", 7380],
    ["90 sec.", 90],
    ["1,234", 1234],
    ["1,234,567", 1234567],
    ["12,5", 12.5],
    ["0,500", 0.5],
    ["00:01:02,500", 62.5],
    ["1٬234", 1234],
    ["P0DT1H2M3S", 3723],
    ["P1D", 86400],
    ["PT1.5H", 5400],
    ["P1W", 604800],
    ["1h02", 3720],
    ["2h05m10", 7510],
    ["45'", 2700],
    ["45′30″", 2730],
    ["1 heure 5 minutes", 3900],
    ["1 Std. 5 Min.", 3900],
    ["45 دقيقة", 2700],
    ["ساعة و 5 دقائق", undefined],
    ["1 ساعة و5 دقائق", 3900],
    ["1 hora y 5 minutos", 3900],
    ["45 минут", 2700],
    ["1 saat 5 dakika", 3900],
    ["1 小时 5 分钟", 3900],
    ["1時間5分", 3900],
    ["5 minutes 1 hour", undefined],
    ["1 fortnight", undefined],
    ["0", undefined],
    ["00:00:00", undefined],
    ["", undefined],
    ["1:02:03:04", undefined],
    ["half an hour", undefined],
    ["-5", undefined],
    ["9".repeat(60), undefined],
  ]
  it.each(durations)("the duration %j", (written, seconds) => {
    expect(secondsOf(written)).toBe(seconds)
    const inside = `<enclosure url="a.mp3" type="audio/mpeg" length="7"/><itunes:duration>${written}</itunes:duration>`
    const file = { url: "https://a.example/a.mp3", mime_type: "audio/mpeg", size_in_bytes: 7 }
    expect(rss(inside).attachments).toEqual([
      { ...file, ...(seconds !== undefined && { duration_in_seconds: seconds }) },
    ])
  })

  it.each([
    ["<itunes:duration>1:02:03:04</itunes:duration>", 'itunes:duration was left out: "1:02:03:04" cannot'],
    ["<itunes:duration>1 fortnight</itunes:duration>", 'itunes:duration was left out: "1 fortnight" cannot'],
    ["<itunes:season>second</itunes:season>", 'itunes:season was left out: "second" cannot'],
    ["<itunes:episode>12/20</itunes:episode>", 'itunes:episode was left out: "12/20" cannot'],
    ["<itunes:episode>1.5</itunes:episode>", 'itunes:episode was left out: "1.5" cannot'],
    ["<itunes:episode>-3</itunes:episode>", 'itunes:episode was left out: "-3" cannot'],
  ])("%s has a warning", (inside, warning) => {
    for (const draft of [rss(inside), atom(inside)])
      expect(draft.warnings?.join()).toBe(`${warning} be read as a number`)
  })

  it.each([
    ["٣", 3],
    ["۱۲", 12],
    ["E12", 12],
    ["Ep. 12", 12],
    ["#12", 12],
    ["S01E12", 12],
    ["s1:e12", 12],
    ["الحلقة ١٢", 12],
    [" 12.0 ", 12],
    ["0012", 12],
  ])("the episode %s", (written, number) => {
    const inside = `<itunes:episode>${written}</itunes:episode>`
    for (const draft of [rss(inside), atom(inside)])
      expect(draft).toMatchObject({ _feedwire: { episode: { number } }, warnings: [] })
  })

  it("a duration in CDATA, and one of an unknown element", () => {
    const file = `<enclosure url="a.mp3" type="audio/mpeg" length="7"/>`
    expect(rss(`${file}<itunes:duration><![CDATA[ PT1M ]]></itunes:duration>`).attachments).toMatchObject([
      { duration_in_seconds: 60 },
    ])
    const unknown = `<title>A</title><x:film xmlns:x="urn:x"><x:duration>1:00</x:duration></x:film>`
    expect(rss(file + unknown)).toMatchObject({ title: "A" })
    expect(rss(file + unknown).attachments?.[0]).not.toHaveProperty("duration_in_seconds")
  })

  it("the duration of a file in Media RSS is its own, or the episode's", () => {
    const inside = `<media:content url="a.mp3" duration="5"/><media:content url="b.mp3"/><itunes:duration>1:00</itunes:duration>`
    for (const draft of [rss(inside), atom(inside)]) {
      expect(draft.attachments).toMatchObject([{ duration_in_seconds: 5 }, { duration_in_seconds: 60 }])
    }
  })

  it("the picture and numbers of an episode", () => {
    const inside = `<itunes:image href="e.jpg"/><itunes:episode>7</itunes:episode><itunes:season>2</itunes:season>`
    for (const draft of [rss(inside), atom(inside)]) {
      expect(draft).toMatchObject({
        image: "https://a.example/e.jpg",
        _feedwire: { episode: { number: 7, season: 2 } },
      })
    }
    expect(rss("<itunes:season>0</itunes:season><title>a</title>")).not.toHaveProperty("_feedwire")
  })

  const tags: [inside: string, tags: string[]][] = [
    ["<itunes:keywords>harbour, ferry</itunes:keywords>", ["harbour", "ferry"]],
    ["<itunes:keywords>اقتصاد، رياضة؛ صحة</itunes:keywords>", ["اقتصاد", "رياضة", "صحة"]],
    ["<media:keywords>harbour;ferry;harbour</media:keywords>", ["harbour", "ferry"]],
    ["<media:group><media:keywords>news、日本</media:keywords></media:group>", ["news", "日本"]],
    [`<media:content url="1.jpg"><media:keywords>port &amp; sea</media:keywords></media:content>`, ["port & sea"]],
    ["<media:category>Politics</media:category>", ["Politics"]],
    [`<media:category scheme="http://dmoz.org" label="Ace Ventura">Arts/Movies</media:category>`, ["Ace Ventura"]],
    [`<media:category scheme="urn:flickr:tags">harbour night</media:category>`, ["harbour", "night"]],
    ["<media:keywords> , ,</media:keywords><title>a</title>", []],
  ]
  it.each(tags)("the tags of %s", (inside, expected) => {
    for (const draft of [rss(inside), atom(inside)]) expect(draft.tags ?? []).toEqual(expected)
  })
})
