"""Small things that every domain of the API uses: clock, paging, entity tags, scope, datums."""
