"""The town as it is organised: four levels of units, teams, rosters, calendars and departments."""
