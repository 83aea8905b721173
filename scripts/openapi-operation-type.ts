/** The description of an operation in openapi.json, and the groups of operations. */
import type { ProblemCode } from "../src/http/problem.ts"
import type { Parameter } from "./openapi-parameters.ts"
import type { Schema } from "./openapi-schemas.ts"

/** Groups, in the order of the page. */
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
  /** Parameters of the path are in braces. */
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
  /** Whether old slugs in the address redirect to the current slugs with 301. */
  redirects?: true
  /** Whether it reads a partner's key. */
  acceptsKey: boolean
  /** Codes in addition to those of every operation and, with `acceptsKey`, of keys. */
  problems: ProblemCode[]
}

export interface Answer {
  status: number
  description: string
  content?: Content
  /** Headers in addition to those of every answer. */
  headers?: string[]
}

/** By media type. */
export type Content = Record<string, { schema: Schema; examples?: Record<string, Example> }>

interface Example {
  summary: string
  value: unknown
}
