"""Sources: one module per upstream, raw file in, validated rows and rejected rows with reasons out."""
