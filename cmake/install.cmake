# What `cmake --install` puts where: the command, the preload beside it (the command looks for it in
# ../lib and ../lib/libtrack), the CMake package and the pkg-config file that name both.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(TARGET track AND TARGET track_preload)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libtrack)
  install(TARGETS track EXPORT libtrack_targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
          COMPONENT command)
  # `track doctor --self-test` runs it; no command of its own.
  install(TARGETS track_canary RUNTIME DESTINATION libexec/track COMPONENT command)
  install(TARGETS track_preload EXPORT libtrack_targets LIBRARY DESTINATION lib COMPONENT command)
  set_target_properties(track PROPERTIES EXPORT_NAME command)
  set_target_properties(track_preload PROPERTIES EXPORT_NAME preload)

  install(EXPORT libtrack_targets NAMESPACE libtrack:: DESTINATION ${package_dir}
          COMPONENT development)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/libtrack-config-version.cmake
                                   COMPATIBILITY SameMajorVersion)
  configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/libtrack-config.cmake.in
                                ${CMAKE_BINARY_DIR}/libtrack-config.cmake
                                INSTALL_DESTINATION ${package_dir})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/libtrack.pc.in ${CMAKE_BINARY_DIR}/libtrack.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/libtrack-config.cmake
          ${CMAKE_BINARY_DIR}/libtrack-config-version.cmake
          DESTINATION ${package_dir} COMPONENT development)
  install(FILES ${CMAKE_BINARY_DIR}/libtrack.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
  install(FILES ${PROJECT_SOURCE_DIR}/reports/report.schema.json
          DESTINATION ${CMAKE_INSTALL_DATADIR}/libtrack COMPONENT command)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/libtrack/include/track DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          COMPONENT development)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
          ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT command)
endif()
