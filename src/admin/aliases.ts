/** Names that publishers use for sections; the publisher uid '' stands for every publisher. */
import { sql } from "drizzle-orm"
import { Hono } from "hono"
import { normalizeName } from "../articles/scope.ts"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { knownParameters } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { readBody } from "./body.ts"
import { change } from "./change.ts"
import { mustFindLiving, mustFindPublisher, mustFindSection, showSection } from "./registry.ts"
import { AddAliases } from "./requests.ts"

export const aliases = new Hono<AppEnv>()
  .post("/sections/:slug/aliases", async (c) => {
    const slug = c.req.param("slug")
    const wanted = await readBody(c.req.raw, AddAliases)
    const { publisher } = wanted
    // A removed publisher has nothing that could be called otherwise.
    const publisherUid = publisher === undefined ? "" : (await mustFindLiving(client(c.env.DB), publisher)).uid
    // The last spelling of a name wins.
    const named = new Map(wanted.names.map((name) => [normalizeName(name), name]))
    const begun = await change(c, (before) => {
      const { id } = mustFindSection(before, slug)
      const others = before.aliases.filter((it) => it.publisherUid !== publisherUid || !named.has(it.alias))
      return {
        statements: [
          sql`insert into section_aliases (publisher_uid, alias, section_id, name)
            select ${publisherUid}, value ->> 0, ${id}, value ->> 1 from json_each(${JSON.stringify([...named])})
            where true on conflict do update set section_id = excluded.section_id, name = excluded.name`,
        ],
        after: {
          ...before,
          aliases: [...others, ...[...named.keys()].map((alias) => ({ publisherUid, alias, sectionId: id }))],
        },
        reason: `${list([...named.values()])} added to section ${slug}`,
        isShown: false,
        deed: { action: "alias.add", subject: `sections/${slug}`, detail: wanted },
      }
    })
    return c.json({ ...(await showSection(client(c.env.DB), slug)), ...begun })
  })

  .delete("/sections/:slug/aliases/:name", async (c) => {
    const { slug, name } = c.req.param()
    const { publisher } = knownParameters(c, ["publisher"])
    const publisherUid = publisher === undefined ? "" : (await mustFindPublisher(client(c.env.DB), publisher)).uid
    const alias = normalizeName(name)
    const begun = await change(c, (before) => {
      const { id } = mustFindSection(before, slug)
      const others = before.aliases.filter(
        (it) => it.publisherUid !== publisherUid || it.alias !== alias || it.sectionId !== id,
      )
      if (others.length === before.aliases.length) {
        const whose = publisher === undefined ? "" : ` of ${publisher}`
        throw new Problem("not_found", `The section ${slug} has no alias ${JSON.stringify(name)}${whose}.`)
      }
      return {
        statements: [sql`delete from section_aliases where publisher_uid = ${publisherUid} and alias = ${alias}`],
        after: { ...before, aliases: others },
        reason: `${list([name])} removed from section ${slug}`,
        isShown: false,
        deed: { action: "alias.remove", subject: `sections/${slug}`, detail: { name, publisher } },
      }
    })
    return c.json({ ...(await showSection(client(c.env.DB), slug)), ...begun })
  })

/** Names that are listed in a reason; the rest is counted. */
const LISTED = 3

function list(names: string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : ""
  return `${names.length === 1 ? "alias" : "aliases"} ${names.slice(0, LISTED).join(", ")}${more}`
}
