variable "image" {
  type = string
}

source "oci" "o" {
  base    = { image = var.image }
  discard = true
}

build {
  sources = ["source.oci.o"]
}
