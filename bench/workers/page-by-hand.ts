/**
 * Answers pages with one raw D1 query and string concatenation, without a cache. `PUT` stores a page: its query, and its
 * HTML as constant pieces with places of the rows between them. So names, times and everything that a page computes are
 * constants; only texts, bodies and pictures of articles come from the rows.
 */
import type { Database } from "./platform.ts"

interface Env {
  DB: Database
}

/** A constant, or a text of a row: a column, or a member of `details.image`. */
export type Piece = string | [row: number, column: string]

export interface StoredPage {
  query: string
  parameters: unknown[]
  status: number
  headers: [string, string][]
  pieces: Piece[]
}

type Row = Record<string, unknown> & { image?: Record<string, string> }

const pages = new Map<string, StoredPage>()

export default {
  async fetch(request: Request, { DB }: Env): Promise<Response> {
    const key = `${request.url} ${request.headers.get("if-none-match") ?? ""}`
    if (request.method === "PUT") {
      pages.set(key, await request.json())
      return new Response(null, { status: 204 })
    }
    const page = pages.get(key)
    if (!page) return new Response(null, { status: 404 })
    const { query, parameters, status, headers, pieces } = page
    const { results } = await DB.prepare(query)
      .bind(...parameters)
      .all()
    const rows = results.map(readRow)
    const html = pieces.map((piece) => (typeof piece === "string" ? piece : textOf(rows, piece))).join("")
    return new Response(status === 304 ? null : html, { status, headers })
  },
}

/** Reads the JSON of a row, because a page needs it to decide what it shows. */
function readRow(row: Record<string, unknown>): Row {
  const details = typeof row.details === "string" ? JSON.parse(row.details) : {}
  return { ...row, image: details.image }
}

function textOf(rows: Row[], [at, column]: [number, string]): string {
  const row = rows[at]
  const text = String((column.startsWith("image.") ? row?.image?.[column.slice("image.".length)] : row?.[column]) ?? "")
  return column === "html" ? text : escaped(text)
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
