# What is installed, in four components: the program, the signer, the signer in one file, and the library.

# The manual and the words for shells, by the programs themselves.
find_program(GZIP gzip REQUIRED)
foreach(program sealift sealift-signer)
  set(pages ${PROJECT_BINARY_DIR}/share/${program})
  add_custom_command(OUTPUT ${pages}/stamp
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -DOUT=${pages} -DGZIP=${GZIP}
            -P ${PROJECT_SOURCE_DIR}/cmake/manual.cmake
    DEPENDS ${program} ${PROJECT_SOURCE_DIR}/cmake/manual.cmake VERBATIM)
  add_custom_target(manual-${program} ALL DEPENDS ${pages}/stamp)
  install(TARGETS ${program} RUNTIME COMPONENT ${program})
  install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT ${program})
  install(DIRECTORY ${pages}/bash-completion ${pages}/zsh ${pages}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}
          COMPONENT ${program})
endforeach()
install(FILES manifests/examples/minimal.yaml manifests/examples/thermostat.yaml manifests/examples/fleet.yaml
              manifests/examples/custom.yaml
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT sealift)
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/sealift/man5 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT sealift)
# The handler that devices of the AWS IoT Device Client run.
install(PROGRAMS devices/sealift-fetch DESTINATION ${CMAKE_INSTALL_DATADIR}/sealift COMPONENT sealift)
if(TARGET sealift-signer-static)
  install(TARGETS sealift-signer-static RUNTIME COMPONENT static)
endif()

# The library.
set(libdir ${CMAKE_INSTALL_LIBDIR})
install(TARGETS sl_library ARCHIVE DESTINATION ${libdir} COMPONENT libsealift)
install(FILES library/sealift.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT libsealift)
install(FILES examples/sign_and_verify.c examples/check_release.c DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libsealift-dev/examples
  COMPONENT libsealift)

# Both files below find the rest from where they are, so that the tree may be moved.
file(RELATIVE_PATH up /${libdir}/pkgconfig /)
string(REGEX REPLACE "/$" "" up ${up})
configure_file(cmake/libsealift.pc.in ${PROJECT_BINARY_DIR}/libsealift.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/libsealift.pc DESTINATION ${libdir}/pkgconfig COMPONENT libsealift)
include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/sealiftConfig.cmake.in ${PROJECT_BINARY_DIR}/sealiftConfig.cmake
  INSTALL_DESTINATION ${libdir}/cmake/sealift PATH_VARS libdir CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sealiftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sealiftConfig.cmake ${PROJECT_BINARY_DIR}/sealiftConfigVersion.cmake
  DESTINATION ${libdir}/cmake/sealift COMPONENT libsealift)
