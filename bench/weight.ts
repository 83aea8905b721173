/** Measures the weight of the Worker: the size of its bundle, its start, and its memory. */
import { readdirSync, readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import type { Miniflare } from "miniflare"
import { FEED, fill } from "./filling.ts"
import type { LoadProcess } from "./load-process.ts"
import type { Row, Section } from "./results.ts"
import { alternate, type Effort, sampleOf } from "./rounds.ts"
import { type Bundles, HOSTS, migrate, startAlone } from "./wire.ts"

/** Returns the resident memory of all workerd processes of this process, in MB; NaN if there is no /proc. */
export function workerdMegabytes(): number {
  try {
    const own = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isOwnWorkerd(pid))
    const kilobytes = own.map((pid) =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
    )
    return kilobytes.length === 0 ? Number.NaN : kilobytes.reduce((sum, size) => sum + size, 0) / 1024
  } catch {
    return Number.NaN
  }
}

function isOwnWorkerd(pid: string): boolean {
  try {
    const [, name, rest = ""] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? []
    return name === "workerd" && Number(rest.split(" ")[1]) === process.pid
  } catch {
    return false // The process ended before its file was read.
  }
}

/**
 * @param started is called with each workerd that must be stopped if this process is stopped, and with undefined when
 *   that workerd has ended
 */
export async function measureWeight(
  bundles: Bundles,
  load: LoadProcess,
  effort: Effort,
  started: (miniflare: Miniflare | undefined) => void,
): Promise<Section> {
  const megabytes: Record<"wire" | "small", number[]> = { wire: [], small: [] }
  const firstAnswer = (script: string, kind: "wire" | "small") => async () => {
    const miniflare = startAlone(script)
    started(miniflare)
    try {
      const url = await miniflare.ready
      const before = performance.now()
      // The path needs no database, so the time is only for the evaluation of the bundle and the first request.
      await (await fetch(new URL("/nothing-here", url))).arrayBuffer()
      const milliseconds = performance.now() - before
      megabytes[kind].push(workerdMegabytes())
      return milliseconds
    } finally {
      await miniflare.dispose()
      started(undefined)
    }
  }
  const { wire, small } = await alternate(
    { wire: firstAnswer(bundles.wire, "wire"), small: firstAnswer(bundles.fromMemory, "small") },
    effort.rounds,
  )
  const loaded = await megabytesUnderLoad(bundles.wire, load, effort, started)
  const kilobytes = (script: string) => Buffer.byteLength(script) / 1024
  const zipped = (script: string) => gzipSync(script).length / 1024
  const against = "smallest Worker"
  const rows: Row[] = [
    { what: "Bundle", unit: "KB", ours: kilobytes(bundles.wire) },
    { what: "Bundle, gzipped", unit: "KB", ours: zipped(bundles.wire) },
    { what: "Ready → first answer", unit: "ms", ours: wire, against, other: small },
    {
      what: "Memory of workerd after its first answer",
      unit: "MB",
      ours: sampleOf(megabytes.wire),
      against,
      other: sampleOf(megabytes.small),
    },
    { what: "Memory of workerd after load", unit: "MB", ours: loaded },
  ]
  return {
    title: "Weight",
    about: [
      'The bundle is the file that wrangler would upload. Start and memory are measured in a workerd that runs only the wire, and compared with a workerd that runs only the "memory" Worker, because workerd itself needs most of both. The load is the feed at 16 connections, after its articles were pushed.',
    ],
    rows,
  }
}

async function megabytesUnderLoad(
  script: string,
  load: LoadProcess,
  effort: Effort,
  started: (miniflare: Miniflare | undefined) => void,
): Promise<number> {
  const miniflare = startAlone(script)
  started(miniflare)
  try {
    const url = (await miniflare.ready).origin
    await migrate(miniflare, [undefined])
    await fill(url)
    const bytes = (await (await fetch(url + FEED)).arrayBuffer()).byteLength
    await load.run({
      ...{ kind: "get", port: Number(new URL(url).port), host: HOSTS.wire, path: FEED, headers: {} },
      ...{ status: 200, bytes, connections: 16, milliseconds: effort.milliseconds },
    })
    return workerdMegabytes()
  } finally {
    await miniflare.dispose()
    started(undefined)
  }
}
