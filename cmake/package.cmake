# Packages: "cpack -G DEB" in a release build makes one of each component but the static signer. ci/release makes those
# and the archives.
execute_process(COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DBASE=${PROJECT_VERSION}
  -DOUT=${PROJECT_BINARY_DIR}/generated/generated/version.h -P ${PROJECT_SOURCE_DIR}/cmake/version.cmake)
file(STRINGS ${PROJECT_BINARY_DIR}/generated/generated/version.h version REGEX "SL_VERSION")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" version ${version})
# A build on the way to a version comes before it: dpkg sorts ~ first.
string(REPLACE "-dev" "~dev" debian_version ${version})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sealift)
set(CPACK_PACKAGE_VERSION ${debian_version})
set(CPACK_PACKAGE_CONTACT "sealift maintainers <maintainers@sealift.dev>")
set(CPACK_STRIP_FILES TRUE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL sealift sealift-signer libsealift)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_COMPONENT_SEALIFT_DESCRIPTION "firmware signing and publishing for AWS IoT
One manifest drives a pipeline that hashes and signs firmware, uploads it to a
versioned S3 bucket, writes the job document with placeholder URLs, and
registers the AWS IoT job that delivers it, exactly once. The whole release can
be rehearsed first, against a private endpoint with simulated devices.")
set(CPACK_DEBIAN_SEALIFT_PACKAGE_NAME sealift)
set(CPACK_DEBIAN_SEALIFT_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_SEALIFT_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_SEALIFT_PACKAGE_SUGGESTS "sealift-signer, mosquitto, tpm2-openssl, p11-kit")

set(CPACK_COMPONENT_SEALIFT-SIGNER_DESCRIPTION "firmware signing on machines without a network
The sign, verify, key and ceremony verbs of sealift in a program that is linked
with no library that reaches a network, for key holders and signing ceremonies.")
set(CPACK_DEBIAN_SEALIFT-SIGNER_PACKAGE_NAME sealift-signer)
set(CPACK_DEBIAN_SEALIFT-SIGNER_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_SEALIFT-SIGNER_PACKAGE_SUGGESTS "tpm2-openssl, p11-kit")

set(CPACK_COMPONENT_LIBSEALIFT_DESCRIPTION "firmware signing and verifying, development files
The static library, header, pkg-config and CMake files to sign and verify
firmware, and to check signed releases, as sealift does.")
set(CPACK_DEBIAN_LIBSEALIFT_PACKAGE_NAME libsealift-dev)
set(CPACK_DEBIAN_LIBSEALIFT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBSEALIFT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_LIBSEALIFT_PACKAGE_DEPENDS "libssl-dev, libsodium-dev, libjansson-dev")

# What Debian wants of every package: its license and its changes.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, when it is set
set(changes ${PROJECT_BINARY_DIR}/changelog)
foreach(package sealift sealift-signer libsealift-dev)
  file(CONFIGURE OUTPUT ${changes}/${package}/changelog @ONLY CONTENT
"@package@ (@debian_version@) unstable; urgency=medium

  * See the releases of sealift for what changed.

 -- @CPACK_PACKAGE_CONTACT@  @date@
")
  execute_process(COMMAND ${GZIP} -9nf ${changes}/${package}/changelog)
  string(REGEX REPLACE "^libsealift-dev$" "libsealift" component ${package})
  install(FILES ${changes}/${package}/changelog.gz DESTINATION share/doc/${package} COMPONENT ${component})
  install(FILES cmake/copyright DESTINATION share/doc/${package} COMPONENT ${component})
endforeach()

include(CPack)
