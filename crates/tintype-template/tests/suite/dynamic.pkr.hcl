=== in place and in order ===
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    name = "before"
  }
  dynamic "provisioner" {
    for_each = ["x", "y"]
    labels   = ["shell"]
    content {
      name   = "n-${provisioner.key}-${provisioner.value}"
      inline = [provisioner.value, build.ID, source.name]
      override = {
        a = { env = { V = provisioner.value } }
      }
    }
  }
  provisioner "shell" {
    name = "after"
  }
}
#> plan
#= null.a: null {} [a null]
#=   provisioner[0] shell {} name=before
#=   provisioner[1] shell {inline=["x", "<unknown>", "a"]} + {env={V="x"}} name=n-0-x
#=   provisioner[2] shell {inline=["y", "<unknown>", "a"]} + {env={V="y"}} name=n-1-y
#=   provisioner[3] shell {} name=after

=== sources of a build ===
source "null" "a" {
  communicator = "none"
}
build {
  dynamic "source" {
    for_each = ["one", "two"]
    labels   = ["null.a"]
    content {
      ssh_host = source.value
      name     = "fixed"
    }
  }
}
#> plan
#= null.fixed: null {communicator="none", ssh_host="one"} [a null]
#= null.fixed: null {communicator="none", ssh_host="two"} [a null]

=== labels use the iterator, chains nest ===
source "null" "a" {}
build {
  sources = ["null.a"]
  dynamic "post-processors" {
    for_each = { q = "checksum", p = "manifest" }
    iterator = it
    content {
      dynamic "post-processor" {
        for_each = [1, 2]
        labels   = [it.value]
        content {
          name = "${it.key}${post-processor.value}"
        }
      }
    }
  }
}
#> plan
#= null.a: null {} [a null]
#=   post-processor[0][0] manifest {} name=p1
#=   post-processor[0][1] manifest {} name=p2
#=   post-processor[1][0] checksum {} name=q1
#=   post-processor[1][1] checksum {} name=q2

=== in the body of a source ===
variable "sizes" {
  default = [1, 2]
}
source "disk" "a" {
  dynamic "disk" {
    for_each = var.sizes
    content {
      size  = disk.value
      label = "d${disk.key}"
    }
  }
}
build {
  sources = ["disk.a"]
}
#> plan
#= disk.a: disk {disk=[{label="d0", size=1}, {label="d1", size=2}]} [a disk]

=== through something unknown ===
#: unknown
data "null" "d" {
  input = "x"
}
source "disk" "a" {
  dynamic "disk" {
    for_each = data.null.d.output == "x" ? [1] : [2, 3]
    content {
      size = disk.value
    }
  }
}
build {
  sources = ["disk.a"]
}
#> plan
#= disk.a: disk {disk=[]} [a disk]

=== mistakes ===
source "null" "a" {}
build {
  sources = ["null.a"]
  dynamic "provisioner" {
    for_each = null
# Error: Invalid dynamic for_each value @ build
    labels = ["shell"]
    content {}
  }
  dynamic "provisioner" {
    for_each = "abc"
# Error: Invalid dynamic for_each value
    labels = ["shell"]
    content {}
  }
  dynamic "provisioner" {
    for_each = ["x"]
    labels   = ["shell"]
  }
# Error: Missing dynamic content block
  dynamic "provisioner" {
    labels = ["shell"]
    content {}
  }
# Error: Missing required argument
  dynamic "provisioner" {
    for_each = ["x"]
    labels   = ["shell", "more"]
# Error: Extraneous dynamic block label
    content {}
  }
  dynamic "provisioner" {
# Error: Insufficient dynamic block labels
    for_each = ["x"]
    content {}
  }
  dynamic "provisioner" {
    for_each = ["x"]
    labels   = ["shell"]
    count    = 2
# Error: Unsupported argument
    content {}
  }
  dynamic "gadget" {
# Error: Unsupported block type
    for_each = ["x"]
    content {}
  }
}

=== not at the root ===
dynamic "variable" {
# Error: Unsupported block type
  for_each = ["a"]
  labels   = [variable.value]
  content {}
}

=== nothing to go through ===
source "null" "a" {}
build {
  sources = ["null.a"]
  dynamic "provisioner" {
    for_each = []
    labels   = ["shell"]
    content {}
  }
}
#> plan
#= null.a: null {} [a null]
