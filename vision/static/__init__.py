"""Things that came to rest in a zone, found without a class: by what changed in the picture and stays so."""
