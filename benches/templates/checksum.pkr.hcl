variable "file" {
  type = string
}

variable "type" {
  type = string
}

source "null" "n" {
  communicator = "none"
}

build {
  sources = ["source.null.n"]

  post-processors {
    post-processor "artifice" {
      files = [var.file]
    }
    post-processor "checksum" {
      checksum_types = [var.type]
      output         = "sum.{{.ChecksumType}}"
    }
  }
}
