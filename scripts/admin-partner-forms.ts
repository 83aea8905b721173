/** How `npm run admin` shows partners and their keys. Pure. */
import type { Partner, PartnerKey } from "./admin-client.ts"
import { type Form, table, time } from "./admin-forms.ts"

export const partnerForms = {
  partners: ((answer) => {
    const { partners } = answer as { partners: Partner[] }
    const rows = partners.map((each) => [
      each.slug,
      each.name,
      each.state,
      sees(each),
      String(each.keys),
      each.last_used_at ? time(each.last_used_at) : "never",
      each.contact ?? "",
    ])
    return table(["SLUG", "NAME", "STATE", "SEES", "LIVE KEYS", "LAST USED", "CONTACT"], rows, "No partner yet.")
  }) satisfies Form,

  partner:
    (what: string): Form =>
    (answer) => {
      const partner = answer as Partner
      if (partner.state === "disabled") return `${what} partner ${partner.slug}: its keys open nothing`
      const next = partner.keys === 0 ? [`Its key: npm run admin -- partner-key create ${partner.slug}`] : []
      return [`${what} partner ${partner.slug}, who sees ${sees(partner)} where the API is closed`, ...next].join("\n")
    },

  keys: ((answer) => {
    const { keys } = answer as { keys: PartnerKey[] }
    const rows = keys.map((key) => [
      key.id,
      key.note ?? "",
      time(key.created_at),
      key.expires_at ? time(key.expires_at) : "never",
      key.last_used_at ? time(key.last_used_at) : "never",
    ])
    return table(["ID", "NOTE", "CREATED", "EXPIRES", "LAST USED"], rows, "No key yet.")
  }) satisfies Form,
}

const sees = ({ publishers }: Partner): string => (publishers === null ? "all" : publishers.join(", "))
