=== only: patterns fit whole names ===
#: only *.web
source "null" "web" {}
source "null" "db" {}
source "disk" "web" {}
build {
  sources = ["null.web", "null.db", "disk.web"]
}
build {
  name    = "extra"
  sources = ["null.web", "null.db"]
}
#> plan
#= null.web: null {} [web null]
#= disk.web: disk {disk=[]} [web disk]
#= extra.null.web: null {} [web null]

=== only: a list, several times ===
#: only null.d?,null.[v-x]eb
#: only extra.null.db
source "null" "web" {}
source "null" "db" {}
build {
  sources = ["null.web", "null.db"]
}
build {
  name    = "extra"
  sources = ["null.web", "null.db"]
}
#> plan
#= null.web: null {} [web null]
#= null.db: null {} [db null]
#= extra.null.db: null {} [db null]
#! Warning: an 'only' option was passed, but not all matches were found for the given build.

=== except takes from what only left ===
#: only *web
#: except extra*
source "null" "web" {}
source "null" "db" {}
build {
  sources = ["null.web", "null.db"]
}
build {
  name    = "extra"
  sources = ["null.web", "null.db"]
}
#> plan
#= null.web: null {} [web null]
#! Warning: an 'except' option was passed, but not all matches were found for the given build.

=== nothing is left ===
#: only nothing
source "null" "web" {
  communicator = ["never looked at"]
}
build {
  sources = ["null.web"]
}
#> plan
#! Warning: an 'only' option was passed, but not all matches were found for the given build.

=== patterns that cannot be read ===
#: only nu[ll,ok
#: except {a,b}
source "null" "web" {}
build {
  sources = ["null.web"]
}
#! Error: Invalid -only pattern nu[ll
#! Error: Invalid -except pattern {a

=== only: the count is taken after each build block ===
#: only null.web,extra.null.web
source "null" "web" {}
build {
  sources = ["null.web"]
}
build {
  name    = "extra"
  sources = ["null.web"]
}
#> plan
#= null.web: null {} [web null]
#= extra.null.web: null {} [web null]
#! Warning: an 'only' option was passed, but not all matches were found for the given build.
