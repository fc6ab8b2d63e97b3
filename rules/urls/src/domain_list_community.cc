#include "domain_list_community.h"

#include <algorithm>
#include <map>
#include <set>

#include "lines.h"
#include "list_lines.h"

namespace sekisho::rules {
namespace {

/// More includes than this, all told, are a list that was made to do harm.
constexpr std::size_t kMaxIncludes = 20'000;

struct Line {
  std::size_t number;
  std::string type, value;
  std::vector<std::string> attributes;  // without '@'; of an include "-ads" asks for their absence
};

using Categories = std::vector<std::uint16_t>;

class Importer {
 public:
  Importer(const DomainListFolder& folder, const CategoryMap& map, UrlList& list,
           ImportReport& report)
      : folder_(folder), map_(map), report_(report), taker_(list, report) {}

  void run() {
    for (const auto& name : folder_.names) {
      take_attributed(name);
      const auto* categories = map_.find(name);
      done_.clear();
      if (categories != nullptr && !categories->empty()) take_list(name, *categories);
      if (categories == nullptr && name.starts_with("category-"))
        report_.left_out.push_back("domain-list-community: " + name);
    }
  }

 private:
  const std::vector<Line>* file(const std::string& name) {
    const auto known = files_.find(name);
    if (known != files_.end()) return &known->second;
    const auto text = folder_.read(name);
    if (!text) return nullptr;
    auto& lines = files_[name];
    Lines reader(*text);
    for (std::string_view line; reader.next(line);)
      if (const auto rest = trim(line.substr(0, line.find('#'))); !rest.empty())
        lines.push_back(parse(reader.number(), rest));
    return &lines;
  }

  static Line parse(std::size_t number, std::string_view text) {
    Line line{number, "domain", {}, {}};
    const auto word = take_word(text);
    const auto colon = word.find(':');
    if (colon != word.npos) line.type = word.substr(0, colon);
    line.value = word.substr(colon == word.npos ? 0 : colon + 1);
    for (auto more = take_word(text); !more.empty(); more = take_word(text))
      if (more.starts_with('@')) line.attributes.emplace_back(more.substr(1));
    return line;
  }

  void refuse(const std::string& name, const Line& line, std::string_view why) {
    if (!told_.emplace(name, line.number).second) return;  // a file may be included often
    report_.refuse(name, line.number, line.type + ":" + line.value, why);
  }

  void take_attributed(const std::string& name) {
    const auto* lines = file(name);
    if (lines == nullptr) return;
    for (const auto& line : *lines)
      for (const auto& attribute : line.attributes)
        if (const auto* categories = map_.find("@" + attribute);
            line.type != "include" && categories != nullptr && !categories->empty())
          take_entry(name, line, *categories);
  }

  bool has_own_category(const Line& line) const {
    return std::any_of(line.attributes.begin(), line.attributes.end(), [this](const auto& one) {
      const auto* categories = map_.find("@" + one);
      return categories != nullptr && !categories->empty();
    });
  }

  /// Whether `line` has what the includes on the way to it ask for.
  bool is_wanted(const Line& line) const {
    const auto has = [&line](std::string_view attribute) {
      return std::find(line.attributes.begin(), line.attributes.end(), attribute) !=
             line.attributes.end();
    };
    return std::all_of(asked_.begin(), asked_.end(), [&has](const std::string& asked) {
      return asked.starts_with('-') ? !has(std::string_view(asked).substr(1)) : has(asked);
    });
  }

  void take_list(const std::string& name, const Categories& categories) {
    if (asked_.empty() && !done_.insert(name).second) return;
    const auto* lines = file(name);
    if (lines == nullptr) return;
    open_.push_back(name);
    for (const auto& line : *lines) {
      if (line.type == "include")
        include(name, line, categories);
      else if (is_wanted(line) && !has_own_category(line))
        take_entry(name, line, categories);
    }
    open_.pop_back();
  }

  void include(const std::string& name, const Line& line, const Categories& categories) {
    if (std::find(open_.begin(), open_.end(), line.value) != open_.end())
      return refuse(name, line, "includes a list that includes this one");
    if (file(line.value) == nullptr) return refuse(name, line, "is no list of this folder");
    if (++num_includes_ > kMaxIncludes) return refuse(name, line, "is one include too many");
    const auto before = asked_.size();
    asked_.insert(asked_.end(), line.attributes.begin(), line.attributes.end());
    take_list(line.value, categories);
    asked_.resize(before);
  }

  void take_entry(const std::string& name, const Line& line, const Categories& categories) {
    if (line.type == "domain")
      taker_.take({name, line.number}, line.value, UrlScope::host_and_below, categories);
    else if (line.type == "full")
      taker_.take({name, line.number}, line.value, UrlScope::host_only, categories);
    else if (line.type == "keyword" || line.type == "regexp")
      refuse(name, line, "is a pattern, not a name");
    else
      refuse(name, line, "is of an unknown type");
  }

  const DomainListFolder& folder_;
  const CategoryMap& map_;
  ImportReport& report_;
  EntryTaker taker_;
  std::map<std::string, std::vector<Line>> files_;
  std::set<std::pair<std::string, std::size_t>> told_;
  std::set<std::string> done_;      // of the list that is being taken, included without conditions
  std::vector<std::string> open_;   // from the list that is being taken to where we are
  std::vector<std::string> asked_;  // attributes that the includes of open_ ask for
  std::size_t num_includes_ = 0;
};

}  // namespace

void import_domain_lists(const DomainListFolder& folder, const CategoryMap& map, UrlList& list,
                         ImportReport& report) {
  Importer(folder, map, list, report).run();
}

}  // namespace sekisho::rules
