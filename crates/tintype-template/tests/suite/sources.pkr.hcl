=== forms of references ===
source "null" "a" {
  communicator = "none"
}
source "null" "b" {}
build {
  source "null.b" {}
  sources = ["source.null.a", "null.b", "whatever.null.a.more"]
}
#> plan
#= null.a: null {communicator="none"} [a null]
#= null.b: null {} [b null]
#= null.a: null {communicator="none"} [a null]
#= null.b: null {} [b null]

=== references that are none ===
source "null" "a" {}
build {
  sources = ["null", "null.b", "nul.a"]
# Error: Invalid source reference @ build
# Error: Unknown source null.b @ build
# Error: Unknown source type nul
  source "null.c" {
# Error: Unknown source null.c @ source "null.c"
  }
}
build {
  sources = [source.null.a]
# Error: Unsupported attribute
}
build {
  sources = "null.a"
# Error: Unsuitable value type
}
build {
  sources = ["null.a", null]
# Error: Unsuitable value type
}

=== a build needs a source ===
source "null" "a" {}
build {
# Error: missing source reference @ build
  sources = []
}
build {
# Error: missing source reference
}
build {
# Error: missing source reference
  sources = null
}

=== declarations ===
source "null" "x" {}
source "null" "x" {
# Error: Duplicate source block @ source "null" "x"
}
build {
  sources = ["null.x"]
}

=== labels are counted, not looked at ===
source "null" "any name" {}
build {
  sources = ["null.any name"]
}
#> plan
#= null.any name: null {} [any name null]

=== too few labels ===
source "null" {
# Error: Missing name for source
}

=== only sources in use are checked ===
source "teleport" "a" {
  what = ever()
}
source "null" "b" {
  nonsense = true
}
source "null" "a" {}
build {
  sources = ["null.a"]
}
#> plan
#= null.a: null {} [a null]

=== a build adds to a source ===
source "null" "a" {
  ssh_host = "${source.type}-${source.name}"
}
build {
  name = "b"
  source "null.a" {
    name         = "first"
    communicator = "none"
  }
  source "null.a" {
    ssh_port = "22"
  }
}
#> plan
#= b.null.first: null {communicator="none", ssh_host="null-first"} [a null]
#= b.null.a: null {ssh_host="null-a", ssh_port=22} [a null]

=== but does not replace ===
source "null" "a" {
  communicator = "ssh"
}
build {
  source "null.a" {
    communicator = "none"
# Error: Duplicate argument @ source "null.a"
  }
}

=== the name in a build is a constant ===
variable "n" {
  default = "x"
}
source "null" "a" {}
build {
  source "null.a" {
    name = var.n
# Error: Variables not allowed @ source "null.a"
  }
}

=== options ===
variable "size" {
  default = 3
}
source "disk" "a" {
  words = ["x", 1, true]
  tags  = { a = 1 }
  noisy = "true"
  disk {
    size = var.size
  }
  disk {
    size  = "4"
    label = null
  }
  boot {
    size = 1
  }
}
build {
  sources = ["disk.a"]
}
#> plan
#= disk.a: disk {boot={size=1}, disk=[{size=3}, {size=4}], noisy=true, tags={a="1"}, words=["x", "1", "true"]} [a disk]

=== options that do not suit ===
source "disk" "a" {
  wrods = ["x"]
# Error: Unsupported argument @ source "disk" "a"
  words = { a = "b" }
# Error: Incorrect attribute value type
  tags  = ["x"]
# Error: Incorrect attribute value type
  disk {
    size = "large"
# Error: Incorrect attribute value type
    colour = "red"
# Error: Unsupported argument
  }
  boot {
    size = 1
  }
  boot {
# Error: Duplicate boot block
    size = 1
  }
  disc {
# Error: Unsupported block type
  }
}
build {
  sources = ["disk.a"]
}

=== a bad source does not hide another ===
source "null" "a" {
  x = 1
# Error: Unsupported argument
}
source "null" "b" {}
build {
  sources = ["null.a", "null.b"]
}
#> plan
#= null.b: null {} [b null]

=== undeclared names in a source ===
source "null" "a" {
  communicator = var.nope
# Error: Unsupported attribute @ source "null" "a"
  ssh_host = build.name
# Error: Unsupported attribute
}
build {
  sources = ["null.a"]
}

=== unknown values become placeholders ===
#: unknown
data "null" "d" {
  input = "x"
}
data "fail" "f" {}
source "disk" "a" {
  words = [data.null.d.output, "y"]
  tags  = { a = data.null.d.output }
  boot {
    size = data.fail.f.output
  }
}
build {
  sources = ["disk.a"]
}
#> plan
#= disk.a: disk {boot={size=0}, disk=[], tags={a="<unknown>"}, words=["<unknown>", "y"]} [a disk]
