# What `cmake --install` puts down: the program, the libraries with their headers, the data the program reads, and a package
# configuration so that find_package(ohmweave) gives ohmweave::<layer> for every layer.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/ohmweave)
list(TRANSFORM OHMWEAVE_LAYERS PREPEND ohmweave_ OUTPUT_VARIABLE libraries)

install(TARGETS ohmweave_app RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS ${libraries} EXPORT ohmweave_targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY designs library networks DESTINATION ${CMAKE_INSTALL_DATADIR}/ohmweave)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT ohmweave_targets NAMESPACE ohmweave:: DESTINATION ${package_folder})
configure_package_config_file(cmake/ohmweaveConfig.cmake.in ohmweaveConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(ohmweaveConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/FindoneDNN.cmake ${PROJECT_BINARY_DIR}/ohmweaveConfig.cmake ${PROJECT_BINARY_DIR}/ohmweaveConfigVersion.cmake
  DESTINATION ${package_folder})
