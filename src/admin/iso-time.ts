/** Times as the admin API shows them: RFC 3339. A select of rows that are shown as they are has isoTimeOf(). */
export const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
