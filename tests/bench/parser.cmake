ibuild_bench(parser_bench
  SOURCES parser_bench.cc
  USES parser support)
