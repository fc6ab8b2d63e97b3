#pragma once

// X(name, what it counts). "log": ln(1 + n). Appending a line, or moving one, makes models that
// were trained before unusable: they name their features.
#define SEKISHO_FILE_FEATURES(X)                                                       \
  X(file_bytes, "log of the size")                                                     \
  X(file_entropy, "bits of information a byte")                                        \
  X(file_zeros, "share of zero bytes")                                                 \
  X(file_printable, "share of printable ASCII")                                        \
  X(file_high, "share of bytes from 0x80 on")                                          \
  X(text_bytes, "log of the size of the program's text")                               \
  X(text_entropy, "bits of information a byte of it")                                  \
  X(text_mean_line, "log of a line's mean length")                                     \
  X(text_longest_line, "log of the longest line")                                      \
  X(text_letters, "share of letters")                                                  \
  X(text_digits, "share of digits")                                                    \
  X(text_spaces, "share of white space")                                               \
  X(text_symbols, "share of punctuation")                                              \
  X(text_literals, "share of the text within quotes")                                  \
  X(text_literal_entropy, "bits of information a byte within quotes")                  \
  X(text_longest_literal, "log of the longest literal")                                \
  X(text_short_literals, "literals of at most three characters a kilobyte")            \
  X(text_joins, "literals joined to others a kilobyte")                                \
  X(text_escapes, "escaped characters a kilobyte")                                     \
  X(text_split_words, "words split by carets or backticks a kilobyte")                 \
  X(text_longest_base64, "log of the longest run of base64's letters")                 \
  X(text_longest_hex, "log of the longest run of hexadecimal digits")                  \
  X(text_longest_numbers, "log of the longest run of numbers in a list")               \
  X(text_mixed_case, "share of long words that keep changing case")                    \
  X(text_mean_word, "mean length of a word")                                           \
  X(text_odd_words, "share of words that nobody can pronounce, or with digits inside") \
  X(text_comments, "share of lines that are comments")                                 \
  X(text_urls, "log of the number of URLs")                                            \
  X(text_address_urls, "log of the number of URLs with an address for a host")         \
  X(word_evaluate, "log: words that run text as a program")                            \
  X(word_decode, "log: words that decode text")                                        \
  X(word_character, "log: words that make characters of numbers")                      \
  X(word_run, "log: words that start programs")                                        \
  X(word_download, "log: words that fetch something")                                  \
  X(word_write, "log: words that write files")                                         \
  X(word_hide, "log: words that hide windows or skip policies and profiles")           \
  X(word_persist, "log: words that have something started again")                      \
  X(word_disarm, "log: words that switch off protection or backups")                   \
  X(word_socket, "log: words of connections")                                          \
  X(word_place, "log: words of folders for temporary and user's files")                \
  X(word_object, "log: words that make COM objects")                                   \
  X(word_memory, "log: words that reach into memory and other programs")               \
  X(word_encrypt, "log: words of encryption and of extortion")                         \
  X(word_secret, "log: words of passwords, wallets and credentials")                   \
  X(word_auto, "log: names of macros that start by themselves")                        \
  X(word_shell, "log: names of command interpreters")                                  \
  X(word_screen, "log: words that show something to a user")                           \
  X(word_declare, "log: words that declare and import")                                \
  X(pe_64, "1: for 64 bits")                                                           \
  X(pe_dll, "1: a library")                                                            \
  X(pe_console, "1: a console program")                                                \
  X(pe_native, "1: a driver, or firmware")                                             \
  X(pe_managed, "1: .NET")                                                             \
  X(pe_sections, "number of sections")                                                 \
  X(pe_code_sections, "executable sections")                                           \
  X(pe_writable_code, "sections that are executable and writable")                     \
  X(pe_usual_names, "share of sections with a name that compilers give")               \
  X(pe_max_entropy, "highest entropy of a section")                                    \
  X(pe_code_entropy, "entropy of the section with the entry point")                    \
  X(pe_data_entropy, "highest entropy of a section of data")                           \
  X(pe_empty_sections, "sections with space in memory and none in the file")           \
  X(pe_growth, "log of the memory's share of the file's size")                         \
  X(pe_entry_outside, "1: the entry point is in no executable section")                \
  X(pe_entry_last, "1: the entry point is in the last section of several")             \
  X(pe_libraries, "libraries imported from")                                           \
  X(pe_imports, "log of imported functions")                                           \
  X(pe_ordinals, "share of functions imported by number")                              \
  X(pe_exports, "log of exported functions")                                           \
  X(pe_resources, "share of the file that is resources")                               \
  X(pe_resource_entropy, "entropy of the resources")                                   \
  X(pe_debug, "1: has debug information's place")                                      \
  X(pe_relocations, "1: can be moved")                                                 \
  X(pe_tls, "1: has callbacks of thread storage, which run before the entry point")    \
  X(pe_signature, "1: carries a signature (not checked)")                              \
  X(pe_overlay, "share of the file behind its last section")                           \
  X(pe_overlay_entropy, "entropy of that")                                             \
  X(pe_protections, "of NX, ASLR and CFG, how many it asks for")                       \
  X(pe_programs_inside, "log: further programs inside")                                \
  X(api_memory, "log: imports that get or change memory's protection")                 \
  X(api_inject, "log: imports that reach into other processes")                        \
  X(api_resolve, "log: imports that find functions by name")                           \
  X(api_download, "log: imports that fetch")                                           \
  X(api_socket, "log: imports of connections")                                         \
  X(api_spy, "log: imports that watch keyboard, screen and clipboard")                 \
  X(api_encrypt, "log: imports that encrypt")                                          \
  X(api_debug, "log: imports that notice a debugger or wait long")                     \
  X(api_persist, "log: imports that write the registry or make services")              \
  X(api_run, "log: imports that start programs")                                       \
  X(api_search, "log: imports that walk files and processes")                          \
  X(api_screen, "log: imports of windows and dialogs")                                 \
  X(vba_modules, "modules with source")                                                \
  X(vba_streams, "log of the container's streams")                                     \
  X(vba_source, "log of the source's size over what is compiled: little is stomped")   \
  X(vba_objects, "embedded objects: packages, equations")                              \
  X(vba_old_macros, "sheets of Excel 4 macros")                                        \
  X(pdf_objects, "log of objects")                                                     \
  X(pdf_streams, "log of streams")                                                     \
  X(pdf_stream_bytes, "share of the file that is streams")                             \
  X(pdf_stream_entropy, "entropy of them")                                             \
  X(pdf_pages, "log of pages")                                                         \
  X(pdf_fonts, "log of fonts")                                                         \
  X(pdf_scripts, "log of /JS and /JavaScript")                                         \
  X(pdf_open_actions, "log of /OpenAction")                                            \
  X(pdf_more_actions, "log of /AA")                                                    \
  X(pdf_launches, "log of /Launch")                                                    \
  X(pdf_files, "log of /EmbeddedFile")                                                 \
  X(pdf_forms, "log of /AcroForm and /XFA")                                            \
  X(pdf_links, "log of /URI, /GoToR, /SubmitForm")                                     \
  X(pdf_media, "log of /RichMedia, /3D, /Flash")                                       \
  X(pdf_odd_filters, "log of /JBIG2Decode, and of filters for text where no text is")  \
  X(pdf_object_streams, "log of /ObjStm")                                              \
  X(pdf_encrypted, "log of /Encrypt")                                                  \
  X(pdf_escaped_names, "log of names with characters escaped without need")            \
  X(pdf_header_at, "log of what stands before %PDF-")                                  \
  X(pdf_after_end, "log of what stands behind the last %%EOF")                         \
  X(pdf_revisions, "number of %%EOF")
