# Third-party libraries, each from a Debian package; README.md says why each is here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Catch2 2 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(PCAP REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(LIBYAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(MAXMINDDB REQUIRED IMPORTED_TARGET libmaxminddb)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(DPDK REQUIRED libdpdk)

# Not the imported target of pkg-config: libdpdk's flags end in -march=corei7, which would override
# the project's own -march.
add_library(dpdk INTERFACE)
target_include_directories(dpdk SYSTEM INTERFACE ${DPDK_INCLUDE_DIRS})
target_compile_options(dpdk INTERFACE "SHELL:-include rte_config.h")
target_compile_definitions(dpdk INTERFACE ALLOW_EXPERIMENTAL_API)
target_link_libraries(dpdk INTERFACE ${DPDK_LINK_LIBRARIES})
