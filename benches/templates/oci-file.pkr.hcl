variable "file" {
  default = "small.bin"
}

variable "push" {
  default = ""
}

source "oci" "o" {
  base = { scratch = true }

  output {
    push        = var.push
    name        = "bench-file:1"
    compression = "none"
  }
}

build {
  sources = ["source.oci.o"]

  provisioner "file" {
    source      = var.file
    destination = "/file.bin"
  }
}
