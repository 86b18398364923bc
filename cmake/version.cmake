# Writes the header that says which version this is. Run at each build, with SOURCE, BASE (the version that is being
# worked toward) and OUT; OUT is touched only when it changes.
#
# The version is the tag vX.Y.Z at a tagged commit, and BASE-dev.COUNT+gCOMMIT elsewhere, ".dirty" at its end when files
# differ from the commit. An archive made by git names its commit in cmake/archive.txt.
function(git ret)
  execute_process(COMMAND git -C ${SOURCE} ${ARGN} OUTPUT_VARIABLE out ERROR_QUIET RESULT_VARIABLE status
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    set(out "")
  endif()
  set(${ret} "${out}" PARENT_SCOPE)
endfunction()

set(commit "")
set(tag "")
set(count "")
set(dirty "")
if(EXISTS ${SOURCE}/.git)
  git(commit rev-parse HEAD)
  git(tag describe --tags --exact-match --match "v[0-9]*")
  git(count rev-list --count HEAD)
  set(count ".${count}")
  git(changed status --porcelain --untracked-files=no)
  if(changed)
    set(dirty ".dirty")
    set(tag "")
  endif()
else()
  file(READ ${SOURCE}/cmake/archive.txt archive)
  if(archive MATCHES "^([0-9a-f]+) ([^\n]*)")
    set(commit ${CMAKE_MATCH_1})
    if(CMAKE_MATCH_2 MATCHES "^(v[0-9][^ ]*)$" AND NOT CMAKE_MATCH_2 MATCHES "-g[0-9a-f]+$")
      set(tag ${CMAKE_MATCH_1})
    endif()
  endif()
endif()

if(tag)
  string(SUBSTRING ${tag} 1 -1 version)
elseif(commit)
  string(SUBSTRING ${commit} 0 12 short)
  set(version "${BASE}-dev${count}+g${short}${dirty}")
else()
  set(version "${BASE}-dev")
  set(commit "unknown")
endif()

file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[#ifndef SL_GENERATED_VERSION_H
#define SL_GENERATED_VERSION_H
#define SL_VERSION "@version@"
#define SL_COMMIT  "@commit@"
#endif
]])
