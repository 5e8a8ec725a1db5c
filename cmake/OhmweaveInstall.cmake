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

# The manual and the completions are what the program says.
set(said ${PROJECT_BINARY_DIR}/said)
add_custom_command(OUTPUT ${said}/ohmweave.1 ${said}/ohmweave ${said}/_ohmweave ${said}/ohmweave.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${said}
  COMMAND ohmweave_app docs man > ${said}/ohmweave.1
  COMMAND ohmweave_app completion bash > ${said}/ohmweave
  COMMAND ohmweave_app completion zsh > ${said}/_ohmweave
  COMMAND ohmweave_app completion fish > ${said}/ohmweave.fish
  DEPENDS ohmweave_app VERBATIM COMMENT "Writing the manual and the completions")
add_custom_target(ohmweave_said ALL DEPENDS ${said}/ohmweave.1)
install(FILES ${said}/ohmweave.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${said}/ohmweave DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${said}/_ohmweave DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${said}/ohmweave.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(EXPORT ohmweave_targets NAMESPACE ohmweave:: DESTINATION ${package_folder})
configure_package_config_file(cmake/ohmweaveConfig.cmake.in ohmweaveConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(ohmweaveConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/FindoneDNN.cmake ${PROJECT_BINARY_DIR}/ohmweaveConfig.cmake ${PROJECT_BINARY_DIR}/ohmweaveConfigVersion.cmake
  DESTINATION ${package_folder})
