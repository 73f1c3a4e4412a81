//! derive(Config): one struct gives the schema and the decoder. Knows syntax only; the meaning is tintype-schema's.
