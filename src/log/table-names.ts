/** The names of our tables, which the log may contain. A test compares them with migrations/. */
export const TABLE_NAMES = new Set(
  `article_aliases articles attempts audit bodies commits consumers deliveries directory_entries hour_sums hours memberships most_read most_read_update
  operator_tokens operators  partner_keys partners pending_duplicates publisher_activity publisher_keys publishers purge reclassifications removals scopes search
  search_words section_aliases section_slugs sections sessions sources takedowns view_days views wire`.split(/\s+/),
)
