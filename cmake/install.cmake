# What `cmake --install` puts where: the command, the preload (the command looks for it in
# ../lib/libtrack and ../lib), the C++ library with its headers, the CMake package and the pkg-config
# file that name them all. Components: command (track and the preload), runtime (libtrack.so),
# development (headers, archive, package files).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libtrack)

if(TARGET track AND TARGET track_preload)
  install(TARGETS track EXPORT libtrack_command_targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
          COMPONENT command)
  # `track doctor --self-test` runs it; no command of its own.
  install(TARGETS track_canary RUNTIME DESTINATION libexec/track COMPONENT command)
  install(TARGETS track_preload EXPORT libtrack_command_targets LIBRARY DESTINATION lib/libtrack
          COMPONENT command)
  set_target_properties(track PROPERTIES EXPORT_NAME command)
  set_target_properties(track_preload PROPERTIES EXPORT_NAME preload)
  install(EXPORT libtrack_command_targets NAMESPACE libtrack:: DESTINATION ${package_dir}
          COMPONENT command)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/track-gate.cmake DESTINATION ${package_dir}
          COMPONENT command)
  install(FILES ${PROJECT_SOURCE_DIR}/reports/report.schema.json
          DESTINATION ${CMAKE_INSTALL_DATADIR}/libtrack COMPONENT command)
  install(DIRECTORY ${LIBTRACK_PAGES}/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR}
          COMPONENT command)
  install(FILES ${LIBTRACK_PAGES}/bash-completion/completions/track
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT command)
  install(FILES ${LIBTRACK_PAGES}/zsh/site-functions/_track
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT command)
endif()

if(TARGET track_weak)
  install(TARGETS track_weak track_weak_static EXPORT libtrack_targets
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
                  NAMELINK_COMPONENT development
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT libtrack_targets NAMESPACE libtrack:: DESTINATION ${package_dir}
          COMPONENT development)
endif()

# The adapters have files of their own: only who asks for one needs its framework.
foreach(adapter gtest catch2)
  set(adapter_targets track_${adapter} track_${adapter}_main)
  foreach(each IN LISTS adapter_targets)
    if(NOT TARGET ${each})
      list(REMOVE_ITEM adapter_targets ${each})
    endif()
  endforeach()
  if(adapter_targets)
    install(TARGETS ${adapter_targets} EXPORT libtrack_${adapter}_targets
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
    install(EXPORT libtrack_${adapter}_targets NAMESPACE libtrack:: DESTINATION ${package_dir}
            COMPONENT development)
  endif()
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/libtrack/include/track
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")

# The .pc file says where things are from where it lies itself, so that an installed tree can be moved.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
# What the archive needs besides: plain names and -l words of the target; -pthread stands there already.
set(pc_private_libs -ldl)
if(TARGET track_weak_static)
  get_target_property(private_libs track_weak_static LINK_LIBRARIES)
  foreach(each IN LISTS private_libs)
    if(each MATCHES "^(\\$<LINK_ONLY:)?Boost::([a-z_]+)>?$")
      list(APPEND boost_components ${CMAKE_MATCH_2})  # the config file looks for them
      list(APPEND pc_private_libs -lboost_${CMAKE_MATCH_2})
    elseif(each MATCHES "^-l.+$")
      list(APPEND pc_private_libs ${each})
    elseif(each MATCHES "^[a-z0-9_+]+$" AND NOT TARGET ${each})
      list(APPEND pc_private_libs -l${each})
    elseif(each MATCHES "/lib([^/]+)\\.(a|so)$")
      list(APPEND pc_private_libs -l${CMAKE_MATCH_1})
    endif()
  endforeach()
endif()
list(REMOVE_DUPLICATES pc_private_libs)
list(JOIN pc_private_libs " " pc_private_libs)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${pc_dir}
           OUTPUT_VARIABLE pc_to_prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/libtrack.pc.in ${CMAKE_BINARY_DIR}/libtrack.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/libtrack.pc DESTINATION ${pc_dir} COMPONENT development)

write_basic_package_version_file(${CMAKE_BINARY_DIR}/libtrack-config-version.cmake
                                 COMPATIBILITY SameMajorVersion)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/libtrack-config.cmake.in
                              ${CMAKE_BINARY_DIR}/libtrack-config.cmake
                              INSTALL_DESTINATION ${package_dir})
install(FILES ${CMAKE_BINARY_DIR}/libtrack-config.cmake
        ${CMAKE_BINARY_DIR}/libtrack-config-version.cmake
        DESTINATION ${package_dir} COMPONENT development)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
        ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT command)
