"""Air patrols: plans held against rules, flights with their checklist and each decision, schedules with conflicts."""
