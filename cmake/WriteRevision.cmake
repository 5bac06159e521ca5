# Run at build time (cmake -DOUT=... -DVERSION=... -DSOURCE=... -P): writes the header with version and git revision,
# and only touches it when they changed, so that nothing is rebuilt for nothing.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND git describe --always --dirty --match= WORKING_DIRECTORY ${SOURCE}
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
file(CONFIGURE OUTPUT ${OUT} CONTENT
"#define LATHE_VERSION \"@VERSION@\"
#define LATHE_REVISION \"@revision@\"
" @ONLY)
