variable "file" {
  type = string
}

variable "output" {
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
    post-processor "compress" {
      output              = var.output
      keep_input_artifact = true
    }
  }
}
