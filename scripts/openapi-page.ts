/** Makes the page at /docs, which shows openapi.json to people without a script. Pure. */
import { escapeAttribute, escapeText } from "../src/formats/xml.ts"
import type { Content, OpenApi, OperationObject, ParameterObject, ResponseObject } from "./openapi-document.ts"
import { curl, exampleUrl } from "./openapi-requests.ts"

type Schema = Record<string, unknown>

export function docsPage(document: OpenApi): string {
  const { info, tags, paths, components } = document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const groups = tags.map((tag) => ({
    ...tag,
    operations: operations.filter(({ operation }) => operation.tags[0] === tag.name),
  }))
  const schemas = Object.entries(components.schemas ?? {}) as [string, Schema][]
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(info.title)} API</title>
<meta name="description" content="The JSON API of this wire: operations, parameters, answers, examples.">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/styles/docs.css">
<link rel="service-desc" href="/openapi.json" type="application/json">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="masthead"><a href="/">${escapeText(info.title)}</a> API, version ${escapeText(info.version)}</header>
<nav aria-label="Operations">
${groups.map(({ name, operations }) => `<h2>${escapeText(name)}</h2>\n<ul>${operations.map(({ operation }) => item(operation.operationId, operation.summary)).join("")}</ul>`).join("\n")}
<h2>Publishers</h2>
<ul>${item("signatures", "Sign a message")}</ul>
<h2>Schemas</h2>
<ul>${schemas.map(([name]) => item(schemaId(name), name)).join("")}</ul>
</nav>
<main id="content">
<h1>${escapeText(info.title)} API</h1>
${blocks(info.description)}
<p>Generate a client from <a href="/openapi.json">openapi.json</a> (OpenAPI ${escapeText(document.openapi)}).
The examples below read the address of this wire from a variable:</p>
<pre tabindex="0"><code>WIRE=https://wire.example</code></pre>
${groups
  .map(
    ({ name, description, operations }) =>
      `<section class="group" aria-labelledby="${slug(name)}">\n<h2 id="${slug(name)}">${escapeText(name)}</h2>\n${blocks(description)}\n${operations
        .map(({ path, method, operation }) => operationSection(document, path, method, operation))
        .join("\n")}\n</section>`,
  )
  .join("\n")}
<section class="group" aria-labelledby="signatures">
<h2 id="signatures">Signatures of publishers</h2>
${blocks(SIGNATURES)}
</section>
<section class="group" aria-labelledby="schemas">
<h2 id="schemas">Schemas</h2>
<p>Members that are marked “always” are never absent. Other members are absent if they have no value.</p>
${schemas.map(([name, schema]) => schemaSection(name, schema)).join("\n")}
</section>
</main>
</body>
</html>
`
}

/** Errors of pushes name this section. The other rules for publishers are not part of the API. */
const SIGNATURES = `A message to \`POST /push/{publisher}\` is signed by Standard Webhooks 1.0, with the secret that the operator gave you (\`whsec_…\`). Most languages have a library for it. Without one:

- Remove \`whsec_\` from the secret and decode the rest from base64. The bytes are the key.
- Choose an id for the message, 1 to 256 visible ASCII characters without a dot: \`webhook-id\`.
- Take the time in whole seconds since 1970, at most 300 seconds early or late: \`webhook-timestamp\`.
- Join id, time and body with dots: \`{id}.{timestamp}.{body}\`. The body is exactly the bytes that you send.
- Compute HMAC-SHA256 of these bytes with the key. Send \`v1,\` and the result in base64 (44 characters) as \`webhook-signature\`. With a key pair, send \`v1a,\` and the Ed25519 signature.

RSS, Atom and JSON Feed documents need no signature if you send \`Authorization: Bearer whsec_…\`. A publishing system signs in its own way: the operator gives you its address and its secret.

If no key verifies a message, check the publisher in the address, the secret, the clock, and that you sign the raw bytes before any change.`

const item = (id: string, text: string): string => `<li><a href="#${id}">${escapeText(text)}</a></li>`
const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "-")
const schemaId = (name: string): string => `schema-${name}`

function operationSection(document: OpenApi, path: string, method: string, operation: OperationObject): string {
  const { operationId, summary, description, requestBody } = operation
  const parameters = operation.parameters.map((it) => resolved<ParameterObject>(document, it))
  const url = exampleUrl(path, parameters)
  const isLink = method === "get" && !path.includes("{")
  const rows = [
    row("Key", operation.security.length > 0 ? "Only if the operator has closed the API." : "Not needed."),
    ...(isLink ? [row("Try", `<a href="${escapeAttribute(url)}">${escapeText(url)}</a>`)] : []),
  ]
  const address = `<code class="address"><b>${method.toUpperCase()}</b> ${escapeText(path).replaceAll("/", "/<wbr>")}</code>`
  return folded(
    operationId,
    `${escapeText(summary)} ${address}`,
    `${blocks(description)}
<dl class="facts">${rows.join("")}</dl>
${parameters.length > 0 ? `<h4>Parameters</h4>\n<dl class="members">${parameters.map(parameterRow).join("")}</dl>` : ""}
${requestBody ? `<h4>Body</h4>\n${blocks(requestBody.description)}${bodyOf(requestBody.content)}` : ""}
<h4>Request</h4>
<pre tabindex="0"><code>${marked(curl(method, url, requestBody))}</code></pre>
<h4>Answers</h4>
${answersOf(document, operation)}`,
  )
}

/** The id is inside, because browsers open the details around the target of a link. */
const folded = (id: string, title: string, content: string): string =>
  `<article aria-labelledby="${id}-title">
<details><summary><h3 id="${id}-title">${title}</h3></summary>
<div id="${id}">
${content}
</div></details>
</article>`

const row = (name: string, value: string): string => `<div><dt>${name}</dt><dd>${value}</dd></div>`

function parameterRow({ name, in: place, required, description, schema, example }: ParameterObject): string {
  const notes = [
    place === "query" ? "" : `in the ${place}`,
    typeOf(schema),
    ...limitsOf(schema),
    required ? "required" : "",
  ].filter(Boolean)
  const exampleText =
    example === undefined
      ? ""
      : ` <span class="example">Example: <code>${isolated([example].flat().join(","))}</code></span>`
  return `<div><dt><code>${escapeText(name)}</code> <span class="type">${notes.join(", ")}</span></dt><dd>${inline(description)}${exampleText}</dd></div>`
}

/** Shows each successful answer with its body, and each other answer in one line. */
function answersOf(document: OpenApi, { responses }: OperationObject): string {
  const all = Object.entries(responses).map(([status, answer]) => ({
    status,
    ...resolved<ResponseObject>(document, answer),
  }))
  const rows = all.map(({ status, description, headers = {}, content = {} }) => {
    const contentNames = namesOf({ ...content, ...headers })
    return `<div><dt><code>${status}</code></dt><dd>${linked(description)}${contentNames && `<p class="type">${contentNames}</p>`}</dd></div>`
  })
  const bodies = all.filter(({ status, content }) => Number(status) < 300 && content)
  return `<dl class="members">${rows.join("")}</dl>
${bodies.map(({ content = {} }) => `<h4>Body of the answer</h4>\n${bodyOf(content)}`).join("\n")}`
}

const linked = (description: string): string =>
  blocks(description).replace(/<p><code>([a-z_]+)<\/code>:/g, '<p><a href="/problems/$1"><code>$1</code></a>:')

function bodyOf(content: Content): string {
  return Object.entries(content)
    .map(([type, { schema, example, examples = {} }]) => {
      const all = example === undefined ? Object.values(examples) : [{ value: example }]
      return `<p><code>${escapeText(type)}</code>: ${typeOf(schema)}</p>\n${all
        .map(({ summary, value }: { summary?: string; value: unknown }) => {
          const text = typeof value === "string" ? value.trimEnd() : JSON.stringify(value, null, 2)
          return `${summary === undefined ? "" : `<p class="caption">${escapeText(summary)}</p>`}<pre tabindex="0"><code>${marked(text)}</code></pre>`
        })
        .join("\n")}`
    })
    .join("\n")
}

function schemaSection(name: string, schema: Schema): string {
  const required = (schema.required ?? []) as string[]
  const members = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  const rows = members.map(([member, memberSchema]) => {
    const notes = [typeOf(memberSchema), ...limitsOf(memberSchema), required.includes(member) ? "always" : ""].filter(
      Boolean,
    )
    return `<div><dt><code>${escapeText(member)}</code> <span class="type">${notes.join(", ")}</span></dt><dd>${inline(String(memberSchema.description ?? ""))}</dd></div>`
  })
  return folded(
    schemaId(name),
    escapeText(name),
    `${blocks(String(schema.description ?? ""))}
${rows.length > 0 ? `<dl class="members">${rows.join("")}</dl>` : `<p>${typeOf(schema)}</p>`}`,
  )
}

/** Shows the name of a type, with links to the schemas in it. */
function typeOf(schema: Schema): string {
  const { $ref, type, items, anyOf, allOf, format, properties, additionalProperties, const: constant } = schema
  if (typeof $ref === "string") {
    const name = $ref.slice($ref.lastIndexOf("/") + 1)
    return `<a href="#${schemaId(name)}">${escapeText(name)}</a>`
  }
  if (Array.isArray(anyOf)) return anyOf.map((each) => typeOf(each as Schema)).join(" or ")
  if (Array.isArray(allOf)) return typeOf(allOf[0] as Schema)
  if (schema["x-itemSchema"]) return `lines, each a ${typeOf(schema["x-itemSchema"] as Schema)}`
  if (constant !== undefined) return `<code>${escapeText(JSON.stringify(constant))}</code>`
  if (properties) return `object of ${namesOf(properties)}`
  if (type === "array") return `list of ${typeOf((items ?? {}) as Schema)}`
  if (type === "object" && typeof additionalProperties === "object")
    return `object of ${typeOf(additionalProperties as Schema)}`
  return escapeText(format === undefined ? String(type ?? "anything") : String(format))
}

const namesOf = (members: object): string =>
  Object.keys(members)
    .map((name) => `<code>${escapeText(name)}</code>`)
    .join(", ")

function limitsOf({ minimum, maximum, maxLength, default: byDefault, enum: options, items }: Schema): string[] {
  const values = (options ?? (items as Schema | undefined)?.enum) as unknown[] | undefined
  return [
    minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : "",
    maxLength === undefined ? "" : `at most ${maxLength} characters`,
    values === undefined ? "" : values.map((value) => `<code>${escapeText(String(value))}</code>`).join(" "),
    byDefault === undefined ? "" : `default: ${escapeText(String(byDefault))}`,
  ].filter(Boolean)
}

function resolved<T extends object>(document: OpenApi, it: T | { $ref: string }): T {
  if (!("$ref" in it)) return it
  const [, , kind = "", name = ""] = it.$ref.split("/")
  return document.components[kind]?.[name] as T
}

/** Makes paragraphs and lists from the Markdown of the descriptions. */
function blocks(markdown: string): string {
  return markdown
    .split(/\n{2,}/)
    .map((block) =>
      block.startsWith("- ")
        ? `<ul class="list">${block
            .split(/^- /m)
            .filter(Boolean)
            .map((point) => `<li>${inline(point.trim())}</li>`)
            .join("")}</ul>`
        : `<p>${inline(block)}</p>`,
    )
    .join("\n")
}

const inline = (markdown: string): string =>
  markdown
    .split(/(`[^`]+`|\*\*.+?\*\*)/)
    .map((part) =>
      part.startsWith("`")
        ? `<code>${escapeText(part.slice(1, -1))}</code>`
        : part.startsWith("**")
          ? `<b>${inline(part.slice(2, -2))}</b>`
          : escapeText(part),
    )
    .join("")

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

const isolated = (text: string): string =>
  RIGHT_TO_LEFT.test(text) ? `<bdi>${escapeText(text)}</bdi>` : escapeText(text)

/** Isolates strings in code, so that right-to-left text does not move quotes and commas. */
const marked = (code: string): string =>
  code
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part) => (part.startsWith('"') ? `"${isolated(part.slice(1, -1))}"` : isolated(part)))
    .join("")
