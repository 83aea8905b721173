/** Parameters that advertising and mail services append to links. Without them, the page is the same. */
export const TRACKING_PARAMETERS = [
  ...["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"],
  ...["fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "twclid", "yclid"],
]

export const isTrackingParameter = (name: string): boolean =>
  /^utm_/i.test(name) || TRACKING_PARAMETERS.includes(name.toLowerCase())
