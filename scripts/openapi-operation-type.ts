/** Defines the description of an operation in openapi.json, and the groups of operations. */
import type { ProblemCode } from "../src/http/problem.ts"
import type { Parameter } from "./openapi-parameters.ts"
import type { Schema } from "./openapi-schemas.ts"

/** The groups, in the order of the page at /docs. */
export const GROUPS = {
  Articles: "Lists of articles, and single articles.",
  "Front page": "The articles of a page of a news site, in one request.",
  Mirror: "An exact copy of the wire that follows every change.",
  Directory: "Sections, publishers and tags.",
  Views: "Views are counted without cookies and without personal data.",
} as const

export interface Operation {
  group: keyof typeof GROUPS
  method: "get" | "post"
  /** The path, with its parameters in braces. */
  path: string
  id: string
  summary: string
  description: string
  pathParameters?: Record<string, Parameter>
  query?: Record<string, Parameter>
  body?: { description: string; schema: Schema; example: unknown; types: string[] }
  answer: Answer
  /** Whether a client may send a validator and get 304. */
  isConditional: boolean
  /** Whether old slugs in the URL redirect to the current slugs with 301. */
  redirects?: true
  /** Whether the operation reads a partner's key. */
  acceptsKey: boolean
  /** Codes of problems, without the codes that every operation has and, with `acceptsKey`, the codes for keys. */
  problems: ProblemCode[]
}

export interface Answer {
  status: number
  description: string
  content?: Content
  /** Headers of this answer, without the headers of every answer. */
  headers?: string[]
}

/** Schema and examples of a body, by media type. */
export type Content = Record<string, { schema: Schema; examples?: Record<string, Example> }>

interface Example {
  summary: string
  value: unknown
}
