/**
 * Checks that openapi.json describes an answer: status, content type, every member, and the parameters of the request.
 * The document permits additional members for future versions, but this check refuses them, so that every member is
 * described. Pure, so that unit tests and flows in workerd run the same checks.
 */
import { type Schema, Validator } from "@cfworker/json-schema"
import document from "../../public/openapi.json"

interface Described {
  parameters: ({ name: string; in: string } | { $ref: string })[]
  responses: Record<string, Answer | { $ref: string }>
}

interface Answer {
  headers?: Record<string, unknown>
  content?: Record<string, { schema: Schema }>
}

export interface Exchange {
  method: string
  url: URL
  status: number
  headers: Headers
  text: string
}

const components = document.components as unknown as Record<string, Record<string, object>>
const paths = document.paths as unknown as Record<string, Record<string, Described>>

/** Any request may get one of these statuses before its route is known. */
const NOT_YET_READ = new Set([401, 403, 429, 500, 503])

/** Other sites append these parameters to links, so every route allows them. */
const APPENDED = /^(?:utm_|fbclid$|gclid$|dclid$|msclkid$|mc_|igshid$|twclid$|yclid$)/i

/** The violations of an answer; none for an endpoint outside the API. */
export function apiViolations(exchange: Exchange): string[] {
  const { method, url, status } = exchange
  if (!/^\/(?:v1|r)\//.test(url.pathname) || method === "OPTIONS") return []
  const path = Object.keys(paths).find((template) => patternOf(template).test(url.pathname))
  const methodName = method === "HEAD" ? "get" : method.toLowerCase()
  const operation = path === undefined ? undefined : paths[path]?.[methodName]
  if (!operation) {
    const isExpected = status === 404 || status === 405 || NOT_YET_READ.has(status)
    return isExpected ? problemViolations(exchange) : [`${status} is not described`]
  }
  const answer = operation.responses[status]
  if (!answer) return [`the status ${status} is not described: ${exchange.text.slice(0, 300)}`]
  return [
    ...parameterViolations(exchange, operation),
    ...answerViolations(exchange, resolved<Answer>(answer), `${methodName} ${path} ${status}`),
  ]
}

/** @throws Error with all violations */
export function assertDescribed(exchange: Exchange): void {
  const violations = apiViolations(exchange)
  if (violations.length === 0) return
  const { method, url } = exchange
  throw new Error(`openapi.json describes ${method} ${url} otherwise:\n${violations.map((it) => `  ${it}`).join("\n")}`)
}

/** A parameter is one segment of a path, or a tag: URI that was not escaped. */
const patternOf = (template: string): RegExp => new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`)

function resolved<T extends object>(it: T | { $ref: string }): T {
  if (!("$ref" in it)) return it
  const [, , kind = "", name = ""] = it.$ref.split("/")
  return components[kind]?.[name] as T
}

function parameterViolations({ url, status }: Exchange, { parameters }: Described): string[] {
  // Redirects for readers ignore parameters.
  if (status === 400 || NOT_YET_READ.has(status) || url.pathname.startsWith("/r/")) return []
  const known = parameters.map((it) => resolved(it)).flatMap((it) => (it.in === "query" ? [it.name] : []))
  return [...url.searchParams.keys()]
    .filter((name) => !known.includes(name) && !APPENDED.test(name))
    .map((name) => `the parameter ${name} is not described, and was answered with ${status}`)
}

function answerViolations(exchange: Exchange, answer: Answer, place: string): string[] {
  const { method, status, headers, text } = exchange
  const { content, headers: described = {} } = answer
  const missing = ["ETag", "Location", "Retry-After"].filter((name) => name in described && !headers.has(name))
  const needed = missing.filter((name) => !(name === "Retry-After" && status === 503))
  const violations = needed.map((name) => `the header ${name} is missing`)
  if (!content) return text === "" ? violations : [...violations, `a body is not described: ${text.slice(0, 200)}`]
  const type = headers.get("content-type")?.replace("; charset=utf-8", "") ?? "none"
  const schema = content[type]?.schema
  // Readers follow this link, so browsers get its errors as pages, which have no schema.
  if (type === "text/html" && status >= 400 && exchange.url.pathname.startsWith("/r/")) return violations
  if (!schema) return [...violations, `the content type ${type} is not described`]
  if (method === "HEAD") return text === "" ? violations : [...violations, "HEAD has a body"]
  if (status >= 400) violations.push(...statusViolations(exchange))
  const line = schema["x-itemSchema"] as Schema | undefined
  const texts = line ? text.split("\n").filter((each) => each !== "") : [text]
  return [...violations, ...texts.flatMap((each) => schemaViolations(each, line ?? schema, `${place} ${type}`))]
}

function problemViolations({ method, text, headers, status }: Exchange): string[] {
  if (method === "HEAD") return []
  if (!headers.get("content-type")?.startsWith("application/problem+json")) return [`${status} is no problem+json`]
  const schema = { $ref: "#/components/schemas/ProblemDetails" }
  return schemaViolations(text, schema, "problem")
}

const statusViolations = ({ status, text }: Exchange): string[] => {
  const bodyStatus = (JSON.parse(text) as { status?: unknown }).status
  return bodyStatus === status ? [] : [`the problem says ${bodyStatus}, the answer ${status}`]
}

const compiled = new Map<string, Validator>()

/** @param place names the schema, which is compiled once */
function schemaViolations(text: string, schema: Schema, place: string): string[] {
  const validator = compiled.get(place) ?? validatorOf(schema)
  compiled.set(place, validator)
  try {
    return complaints(validator, JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return [`is not JSON: ${text.slice(0, 200)}`]
  }
}

/** The violations of a value by a schema of the document. */
export const exampleViolations = (value: unknown, schema: Schema): string[] => complaints(validatorOf(schema), value)

function complaints(validator: Validator, value: unknown): string[] {
  const { errors } = validator.validate(value)
  // Only the innermost violations say what is wrong; the outer ones say that a member is invalid.
  const depthOf = (place: string): number => place.split("/").length
  const deepest = Math.max(...errors.map(({ instanceLocation }) => depthOf(instanceLocation)))
  return errors
    .filter(({ instanceLocation }) => depthOf(instanceLocation) === deepest)
    .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
}

/** Compiles a schema with all definitions that it may refer to, and forbids members that are not named. */
function validatorOf(schema: Schema): Validator {
  const text = JSON.stringify({ ...schema, $defs: components.schemas })
  const whole = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")) as { $defs: Record<string, Schema> }
  for (const part of Object.values(whole.$defs)) {
    if (part.properties) part.additionalProperties ??= false
  }
  return new Validator(whole as Schema, "2020-12", false)
}
