=== no build ===
source "null" "a" {}
#! Error: Missing build block

=== a build has no label ===
build "x" {
# Error: Extraneous label for build
}

=== shape ===
source "null" "a" {}
build {
  sources = ["null.a"]
  colour  = "x"
# Error: Unsupported argument @ build
  provisionner "shell" {
# Error: Unsupported block type
    inline = []
  }
  provisioner {
# Error: Missing type for provisioner
  }
  post-processors {
    only = ["null.a"]
# Error: Unsupported argument @ post-processors
    provisioner "shell" {
# Error: Unsupported block type
    }
  }
  from "anything" {
    is = ignored
  }
}
communicator "ssh" "x" {
  anything = nope(1)
}

=== name, description and sources are expressions ===
variable "n" {
  default = "x"
}
source "null" "a" {}
source "null" "b" {}
build {
  name        = "build-${var.n}"
  description = var.n
  sources     = [for s in ["b", "a"] : "source.null.${s}"]
}
#> inspect
#= Packer Inspect: HCL2 mode
#=
#= > input-variables:
#=
#= var.n: "x"
#=
#= > local-variables:
#=
#=
#= > builds:
#=
#=   > build-x:
#=
#=   > Description: x
#=
#=     sources:
#=
#=       null.b
#=
#=       null.a
#=
#=     provisioners:
#=
#=       <no provisioner>
#=
#=     post-processors:
#=
#=       <no post-processor>
#=

=== names that are not texts ===
source "null" "a" {}
build {
  name = ["x"]
# Error: Unsuitable value type @ build
  description = source.name
# Error: Unsuitable value type
  sources = ["null.a"]
}

=== inspecting everything ===
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    name = "first"
  }
  provisioner "file" {}
  error-cleanup-provisioner "shell" {}
  post-processor "manifest" {
    name = "m"
  }
  post-processors {
    post-processor "checksum" {}
    post-processor "manifest" {
      name = "last"
    }
  }
}
build {
  name    = "named"
  sources = ["null.a"]
}
build {
  sources = ["null.a"]
}
#> inspect
#= Packer Inspect: HCL2 mode
#=
#= > input-variables:
#=
#=
#= > local-variables:
#=
#=
#= > builds:
#=
#=   > <unnamed build 0>:
#=
#=     sources:
#=
#=       null.a
#=
#=     provisioners:
#=
#=       shell.first
#=       file
#=
#=     post-processors:
#=
#=       0:
#=         manifest.m
#=
#=       1:
#=         checksum
#=         manifest.last
#=
#=   > named:
#=
#=     sources:
#=
#=       null.a
#=
#=     provisioners:
#=
#=       <no provisioner>
#=
#=     post-processors:
#=
#=       <no post-processor>
#=
#=   > <unnamed build 2>:
#=
#=     sources:
#=
#=       null.a
#=
#=     provisioners:
#=
#=       <no provisioner>
#=
#=     post-processors:
#=
#=       <no post-processor>
#=

=== types that nobody has ===
source "magic" "a" {}
source "null" "b" {}
build {
  sources = ["magic.a", "null.b"]
# Error: Unknown source type magic @ build
  provisioner "shel" {
# Error: Unknown provisioner type "shel" @ provisioner "shel"
  }
  provisioner "trick" {
# Error: Unknown provisioner type "trick"
  }
  error-cleanup-provisioner "magic" {
# Error: Unknown error-cleanup-provisioner type "magic"
  }
  post-processor "magic" {
# Error: Unknown post-processor type "magic" @ post-processor "magic"
  }
  post-processors {
    post-processor "manifest" {}
    post-processor "more" {
# Error: Unknown post-processor type "more"
    }
  }
}
