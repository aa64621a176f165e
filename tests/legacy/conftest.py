"""Nothing here is collected by pytest: the legacy stack needs an environment of its own."""

collect_ignore_glob = ["*"]
