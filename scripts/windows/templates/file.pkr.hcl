source "file" "greeting" {
  content = "written under Windows"
  target  = "out/greeting.txt"
}

build {
  sources = ["source.file.greeting"]

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "out/{{.ChecksumType}}.txt"
  }
}
