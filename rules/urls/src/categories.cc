#include "rules/urls/categories.h"

#include <algorithm>

namespace sekisho::rules {
namespace {

constexpr UrlGroup kGroups[] = {
    {"security", "Security risks", "セキュリティリスク"},
    {"adult", "Adult", "アダルト"},
    {"illegal", "Illegal and harmful", "違法・有害"},
    {"evasion", "Evasion of controls", "規制の回避"},
    {"gambling", "Gambling", "ギャンブル"},
    {"communication", "Communication", "コミュニケーション"},
    {"leisure", "Leisure and entertainment", "娯楽・趣味"},
    {"media", "Streaming and large media", "動画・音楽配信"},
    {"business", "Business and finance", "ビジネス・金融"},
    {"shopping", "Shopping", "ショッピング"},
    {"technology", "Computers and internet", "コンピュータ・インターネット"},
    {"files", "Files and software", "ファイル・ソフトウェア"},
    {"society", "Society", "社会"},
    {"information", "Information and education", "情報・教育"},
    {"life", "Life", "生活"},
    {"advertising", "Advertising and tracking", "広告・追跡"},
    {"other", "Other", "その他"},
};

// A new category takes a number that was never used, in the range of its group; a number is never
// given to another.
constexpr UrlCategory kCategories[] = {
    {1, "phishing", "security", "Phishing", "フィッシング"},
    {2, "malware", "security", "Malware distribution", "マルウェア配布"},
    {3, "command_and_control", "security", "Command and control servers", "C&Cサーバ"},
    {4, "newly_registered", "security", "Newly registered domains", "新規登録ドメイン"},
    {5, "newly_observed", "security", "Newly observed domains", "新規観測ドメイン"},
    {6, "parked", "security", "Parked domains", "パークドメイン"},
    {7, "dynamic_dns", "security", "Dynamic DNS", "ダイナミックDNS"},
    {8, "cryptojacking", "security", "Mining in the browser", "クリプトジャッキング"},
    {9, "spyware", "security", "Spyware and stalkerware", "スパイウェア・ストーカーウェア"},
    {10, "scam", "security", "Scams and fake shops", "詐欺・偽ショップ"},
    {11, "spam", "security", "Addresses in spam", "スパムに記載のURL"},
    {12, "ransomware", "security", "Ransomware", "ランサムウェア"},
    {13, "compromised", "security", "Compromised sites", "改ざんされたサイト"},
    {14, "hacking", "security", "Hacking", "ハッキング"},
    {15, "algorithmic_names", "security", "Names made by algorithms (DGA)",
     "アルゴリズム生成ドメイン(DGA)"},
    {16, "attack_source", "security", "Sources of attacks", "攻撃元"},
    {17, "unwanted_software", "security", "Potentially unwanted software",
     "望ましくないソフトウェア"},

    {40, "pornography", "adult", "Pornography", "ポルノ"},
    {41, "nudity", "adult", "Nudity", "ヌード"},
    {42, "mature", "adult", "Other adult content", "その他のアダルトコンテンツ"},
    {43, "lingerie", "adult", "Lingerie and swimsuits", "下着・水着"},
    {44, "sex_education", "adult", "Sex education", "性教育"},
    {45, "adult_services", "adult", "Adult services", "風俗・アダルトサービス"},

    {60, "child_abuse", "illegal", "Child sexual abuse", "児童の性的虐待"},
    {61, "drugs", "illegal", "Illegal drugs", "違法薬物"},
    {62, "weapons", "illegal", "Weapons", "武器"},
    {63, "violence", "illegal", "Violence and gore", "暴力・残虐表現"},
    {64, "hate", "illegal", "Hate and discrimination", "ヘイト・差別"},
    {65, "terrorism", "illegal", "Terrorism and extremism", "テロ・過激主義"},
    {66, "suicide", "illegal", "Suicide and self-harm", "自殺・自傷"},
    {67, "piracy", "illegal", "Piracy of works", "著作権侵害"},
    {68, "illegal_trade", "illegal", "Other illegal activity", "その他の違法行為"},
    {69, "cheating", "illegal", "Cheating at school", "不正行為・代筆"},
    {70, "disinformation", "illegal", "Disinformation", "偽情報"},
    {71, "tasteless", "illegal", "Tasteless", "悪趣味"},

    {90, "anonymizer", "evasion", "Proxies and anonymisers", "プロキシ・匿名化"},
    {91, "vpn", "evasion", "VPN services", "VPNサービス"},
    {92, "encrypted_dns", "evasion", "Encrypted DNS (DoH)", "暗号化DNS(DoH)"},
    {93, "remote_access", "evasion", "Remote access", "リモートアクセス"},
    {94, "url_shortener", "evasion", "URL shorteners", "短縮URL"},
    {95, "residential_proxy", "evasion", "Residential proxies", "レジデンシャルプロキシ"},

    {110, "gambling", "gambling", "Gambling", "ギャンブル"},
    {111, "lottery", "gambling", "Lotteries", "宝くじ"},
    {112, "public_racing", "gambling", "Horse, boat and bicycle racing", "競馬・競艇・競輪"},
    {113, "pachinko", "gambling", "Pachinko and slots", "パチンコ・スロット"},

    {130, "social_network", "communication", "Social networks", "SNS"},
    {131, "messaging", "communication", "Messaging and chat", "メッセージ・チャット"},
    {132, "webmail", "communication", "Web mail", "Webメール"},
    {133, "forum", "communication", "Forums and message boards", "掲示板・フォーラム"},
    {134, "blog", "communication", "Blogs", "ブログ"},
    {135, "dating", "communication", "Dating", "出会い・デート"},
    {136, "voip", "communication", "Voice and video calls", "音声・ビデオ通話"},
    {137, "web_meeting", "communication", "Web meetings", "Web会議"},
    {138, "photo_sharing", "communication", "Photo sharing", "写真共有"},

    {160, "games", "leisure", "Games", "ゲーム"},
    {161, "educational_games", "leisure", "Educational games", "教育ゲーム"},
    {162, "comics_and_animation", "leisure", "Comics and animation", "漫画・アニメ"},
    {163, "sports", "leisure", "Sports", "スポーツ"},
    {164, "celebrity", "leisure", "Celebrities and gossip", "芸能・ゴシップ"},
    {165, "humor", "leisure", "Humour", "ユーモア"},
    {166, "hobby", "leisure", "Hobbies", "趣味"},
    {167, "arts", "leisure", "Arts and culture", "芸術・文化"},
    {168, "travel", "leisure", "Travel and lodging", "旅行・宿泊"},
    {169, "restaurants", "leisure", "Restaurants and food", "飲食・グルメ"},
    {170, "tickets", "leisure", "Tickets and events", "チケット・イベント"},
    {171, "astrology", "leisure", "Astrology and fortune-telling", "占い"},
    {172, "entertainment", "leisure", "Other entertainment", "その他の娯楽"},

    {190, "video_streaming", "media", "Video streaming", "動画配信"},
    {191, "music_streaming", "media", "Music streaming", "音楽配信"},
    {192, "internet_radio", "media", "Internet radio and podcasts", "インターネットラジオ"},
    {193, "live_streaming", "media", "Live streaming", "ライブ配信"},
    {194, "television", "media", "Television", "テレビ"},

    {210, "business", "business", "Companies", "企業"},
    {211, "banking", "business", "Banks", "銀行"},
    {212, "finance", "business", "Finance and investment", "金融・投資"},
    {213, "cryptocurrency", "business", "Cryptocurrency", "暗号資産"},
    {214, "insurance", "business", "Insurance", "保険"},
    {215, "payment", "business", "Payment services", "決済サービス"},
    {216, "real_estate", "business", "Real estate", "不動産"},
    {217, "job_search", "business", "Job search", "求人・転職"},
    {218, "groupware", "business", "Groupware and office suites", "グループウェア・オフィス"},
    {219, "business_saas", "business", "Business applications", "業務アプリケーション"},
    {220, "logistics", "business", "Logistics", "物流・配送"},

    {240, "shopping", "shopping", "Shopping", "ショッピング"},
    {241, "auction", "shopping", "Auctions and flea markets", "オークション・フリマ"},
    {242, "coupons", "shopping", "Coupons and price comparison", "クーポン・価格比較"},
    {243, "cleaning", "life", "Household", "家事・清掃"},

    {260, "search_engine", "technology", "Search engines and portals", "検索・ポータル"},
    {261, "technology", "technology", "Computers and internet", "IT情報"},
    {262, "software_development", "technology", "Software development", "ソフトウェア開発"},
    {263, "web_hosting", "technology", "Web hosting", "ホスティング"},
    {264, "cloud", "technology", "Cloud infrastructure", "クラウド基盤"},
    {265, "content_delivery", "technology", "Content delivery networks", "CDN"},
    {266, "generative_ai", "technology", "Generative AI", "生成AI"},
    {267, "translation", "technology", "Translation", "翻訳"},
    {268, "security_vendor", "technology", "Security vendors", "セキュリティベンダ"},
    {269, "mobile", "technology", "Mobile phones and operators", "携帯電話・通信事業者"},
    {270, "time_and_network", "technology", "Network services (time, tests)",
     "ネットワークサービス"},
    {271, "web_archive", "technology", "Web archives and caches", "Webアーカイブ・キャッシュ"},
    {272, "iot", "technology", "Internet of things", "IoT"},

    {290, "file_sharing", "files", "File storage and transfer", "ファイル共有・転送"},
    {291, "software_download", "files", "Software downloads", "ソフトウェアダウンロード"},
    {292, "software_update", "files", "Software updates", "ソフトウェア更新"},
    {293, "peer_to_peer", "files", "Peer to peer", "P2P"},
    {294, "app_store", "files", "App stores", "アプリストア"},
    {295, "paste_site", "files", "Paste sites", "テキスト共有"},

    {310, "government", "society", "Government", "政府・自治体"},
    {311, "politics", "society", "Politics", "政治"},
    {312, "law", "society", "Law", "法律"},
    {313, "military", "society", "Military", "軍事"},
    {314, "religion", "society", "Religion", "宗教"},
    {315, "cult", "society", "Sects and the occult", "カルト・オカルト"},
    {316, "non_profit", "society", "Non-profit organisations", "非営利団体"},
    {317, "abortion", "society", "Abortion", "妊娠中絶"},

    {330, "news", "information", "News and press", "ニュース・新聞"},
    {331, "education", "information", "Schools and education", "学校・教育"},
    {332, "reference", "information", "Reference works", "辞典・リファレンス"},
    {333, "library", "information", "Libraries and research", "図書館・研究"},
    {334, "weather", "information", "Weather", "天気"},
    {335, "maps", "information", "Maps and transport", "地図・交通"},
    {336, "literature", "information", "Books and novels", "書籍・小説"},

    {350, "health", "life", "Health and medicine", "健康・医療"},
    {351, "family", "life", "Family and children", "家族・子ども"},
    {352, "kids", "life", "For children", "子ども向け"},
    {353, "alcohol", "life", "Alcohol", "酒"},
    {354, "tobacco", "life", "Tobacco", "たばこ"},
    {355, "cooking", "life", "Cooking", "料理"},
    {356, "fashion", "life", "Fashion and beauty", "ファッション・美容"},
    {357, "pets", "life", "Pets and animals", "ペット・動物"},
    {358, "vehicles", "life", "Vehicles", "自動車・乗り物"},
    {359, "home_and_garden", "life", "Home and garden", "住まい・園芸"},

    {370, "advertising", "advertising", "Advertising", "広告"},
    {371, "tracking", "advertising", "Tracking and analytics", "追跡・アクセス解析"},
    {372, "marketing", "advertising", "Marketing and rewards", "マーケティング・ポイント"},

    {390, "private_address", "other", "Private addresses and names", "プライベートアドレス・名前"},
    {391, "infrastructure", "other", "Infrastructure", "インフラ"},
    {392, "trusted", "other", "Trusted by the list's maker", "リスト作成者の信頼済み"},
    {393, "dangerous_material", "illegal", "Dangerous materials", "危険物の製造"},
};

constexpr bool is_table_sound() {
  std::uint16_t before = 0;
  for (const auto& category : kCategories) {
    if (category.id <= before || category.id >= kFirstCustomUrlCategory) return false;
    before = category.id;
    bool has_group = false;
    for (const auto& group : kGroups) has_group = has_group || group.name == category.group;
    if (!has_group || category.title.empty() || category.title_ja.empty()) return false;
    for (const auto& other : kCategories)
      if (&other != &category && other.name == category.name) return false;
  }
  return true;
}
static_assert(is_table_sound(), "ids ascend, names are told apart, groups and titles are there");

}  // namespace

std::span<const UrlGroup> url_groups() noexcept { return kGroups; }
std::span<const UrlCategory> url_categories() noexcept { return kCategories; }

const UrlGroup* find_url_group(std::string_view name) noexcept {
  const auto* found = std::find_if(std::begin(kGroups), std::end(kGroups),
                                   [name](const UrlGroup& group) { return group.name == name; });
  return found == std::end(kGroups) ? nullptr : found;
}

const UrlCategory* find_url_category(std::string_view name) noexcept {
  const auto* found =
      std::find_if(std::begin(kCategories), std::end(kCategories),
                   [name](const UrlCategory& category) { return category.name == name; });
  return found == std::end(kCategories) ? nullptr : found;
}

const UrlCategory* url_category(std::uint16_t id) noexcept {
  const auto* found = std::lower_bound(
      std::begin(kCategories), std::end(kCategories), id,
      [](const UrlCategory& category, std::uint16_t wanted) { return category.id < wanted; });
  return found == std::end(kCategories) || found->id != id ? nullptr : found;
}

}  // namespace sekisho::rules
