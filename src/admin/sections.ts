/** The routes for sections, their aliases, spellings of names, and reclassifications. */
import { Hono } from "hono"
import { singleValue } from "../http/parameter-types.ts"
import { readQuery } from "../http/parameters.ts"
import { addAliases, removeAlias } from "../operations/aliases.ts"
import { AddAliases, ChangeName, ChangeSection, CreateSection, RetireSection } from "../operations/input-schemas.ts"
import { changeName } from "../operations/names.ts"
import { listReclassifications } from "../operations/reclassifications.ts"
import { changeSection, createSection, listSections, retireSection } from "../operations/sections.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const sections = new Hono<AdminEnv>()
  .get("/sections", async (c) => c.json({ sections: await listSections(operationContext(c)) }))
  .post("/sections", async (c) =>
    c.json(await createSection(operationContext(c), await readBody(c.req.raw, CreateSection)), 201),
  )
  .patch("/sections/:slug", async (c) => {
    const { slug } = c.req.param()
    return c.json(await changeSection(operationContext(c), slug, await readBody(c.req.raw, ChangeSection)))
  })
  .post("/sections/:slug/retire", async (c) => {
    const { slug } = c.req.param()
    return c.json(await retireSection(operationContext(c), slug, await readBody(c.req.raw, RetireSection)))
  })
  .post("/sections/:slug/aliases", async (c) => {
    const { slug } = c.req.param()
    return c.json(await addAliases(operationContext(c), slug, await readBody(c.req.raw, AddAliases)))
  })
  .delete("/sections/:slug/aliases/:name", async (c) => {
    const { slug, name } = c.req.param()
    const { publisher } = readQuery(c, { publisher: singleValue })
    return c.json(await removeAlias(operationContext(c), slug, name, publisher))
  })
  .patch("/tags/:name", async (c) => {
    const { name } = c.req.param()
    return c.json(await changeName(operationContext(c), "tag", name, await readBody(c.req.raw, ChangeName)))
  })
  .patch("/authors/:name", async (c) => {
    const { name } = c.req.param()
    return c.json(await changeName(operationContext(c), "author", name, await readBody(c.req.raw, ChangeName)))
  })
  .get("/reclassifications", async (c) => c.json(await listReclassifications(operationContext(c))))
