#include "session/transcript.hpp"

#include "session/csv.hpp"
#include "session/paths.hpp"
#include "session/transcript_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

namespace pulseline::session {
namespace {

constexpr std::string_view kArrow = "-->";
constexpr std::uintmax_t kMostBytes = 64 << 20;

Error wrong(const std::string &path, std::size_t line, const std::string &what)
{
	return {path + " line " + std::to_string(line) + ": " + what};
}

// LF, CRLF or CR, without a byte order mark.
std::vector<std::string_view> linesOf(std::string_view text)
{
	if (text.starts_with(kByteOrderMark)) {
		text.remove_prefix(kByteOrderMark.size());
	}
	std::vector<std::string_view> lines;
	while (!text.empty()) {
		const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
		lines.push_back(trimmed(text.substr(0, end)));
		text.remove_prefix(end);
		text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, text.size()));
	}
	return lines;
}

bool isWhole(std::string_view text)
{
	return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::int64_t> wholeOf(std::string_view digits)
{
	std::int64_t value = 0;
	const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
	return isWhole(digits) && problem == std::errc() ? std::optional(value) : std::nullopt;
}

// h:mm:ss,mmm or mm:ss.mmm, with one to three digits behind the seconds, or none.
std::optional<std::int64_t> timeOf(std::string_view text)
{
	std::int64_t milliseconds = 0;
	if (const std::size_t point = text.find_first_of(",."); point != std::string_view::npos) {
		std::string thousandths(text.substr(point + 1));
		const std::optional<std::int64_t> fraction = wholeOf(thousandths);
		if (!fraction || thousandths.size() > 3) {
			return std::nullopt;
		}
		thousandths.resize(3, '0');
		milliseconds = *wholeOf(thousandths);
		text = text.substr(0, point);
	}
	std::int64_t seconds = 0;
	int parts = 0;
	for (bool more = true; more; ++parts) {
		const std::size_t colon = text.find(':');
		const std::optional<std::int64_t> part = wholeOf(text.substr(0, colon));
		if (!part || *part > kMaxPosition_ms || (parts > 0 && *part >= 60)) {
			return std::nullopt;
		}
		seconds = seconds * 60 + *part;
		more = colon != std::string_view::npos;
		text.remove_prefix(more ? colon + 1 : 0);
	}
	const std::int64_t time_ms = seconds * 1000 + milliseconds;
	return parts == 2 || parts == 3 ? std::optional(time_ms) : std::nullopt;
}

Result<Statement> timesOf(std::string_view line)
{
	const std::size_t arrow = line.find(kArrow);
	const std::string_view rest = trimmed(line.substr(arrow + kArrow.size()));
	const std::optional<std::int64_t> start = timeOf(trimmed(line.substr(0, arrow)));
	const std::optional<std::int64_t> end = timeOf(rest.substr(0, rest.find_first_of(kBlanks)));
	if (!start || !end) {
		return fail("a time must be written as 00:01:02,345");
	}
	return Statement{*start, *end, {}};
}

std::optional<Error> check(const Statement &statement)
{
	const auto [first, last] = std::minmax(statement.start_ms, statement.end_ms);
	if (first < 0 || last > kMaxPosition_ms) {
		return Error{"a time must lie between 0 and " + std::to_string(kMaxPosition_ms) + " ms"};
	}
	return std::nullopt;
}

// Not every line with an arrow is one of times: "A --> B" may be said.
bool isTimes(std::string_view line)
{
	const std::size_t arrow = line.find(kArrow);
	const auto likeTime = [](std::string_view text) {
		return !text.empty() && (isWhole(text.substr(0, 1)) || text[0] == '-');
	};
	return arrow != std::string_view::npos &&
	       (likeTime(trimmed(line.substr(0, arrow))) || likeTime(trimmed(line.substr(arrow + kArrow.size()))));
}

bool isVttHeader(std::string_view line)
{
	constexpr std::string_view kHeader = "WEBVTT";
	return line == kHeader || (line.starts_with(kHeader) && kBlanks.contains(line[kHeader.size()]));
}

// Cues, where SubRip and WebVTT agree: a time line, then text up to an empty line. What stands alone above a time line
// is the cue's number or name.
class CueReader {
public:
	CueReader(std::vector<std::string_view> lines, TranscriptFormat format, const std::string &path)
		: lines_(std::move(lines))
		, vtt_(format == TranscriptFormat::vtt)
		, format_(format)
		, path_(path)
	{
	}

	Result<std::vector<Statement>> read()
	{
		if (vtt_ && (lines_.empty() || !isVttHeader(lines_[0]))) {
			return std::unexpected(wrong(path_, 1, "a WebVTT file begins with WEBVTT"));
		}
		for (std::size_t i = vtt_ ? 1 : 0; i < lines_.size(); ++i) {
			if (vtt_ && blankBefore(i) && isRemark(lines_[i])) {
				i = endOfBlock(i);
			} else if (Result<void> taken = take(i); !taken) {
				return std::unexpected(taken.error());
			}
		}
		for (Statement &cue : cues_) {
			cue.text = wordsOf(cue.text, format_);
		}
		return std::move(cues_);
	}

private:
	static bool isRemark(std::string_view line)
	{
		constexpr std::array<std::string_view, 3> kRemarks{"NOTE", "STYLE", "REGION"};
		return !isTimes(line) && std::ranges::any_of(kRemarks, [&](std::string_view remark) {
			return line == remark || (line.starts_with(remark) && kBlanks.contains(line[remark.size()]));
		});
	}
	bool blankBefore(std::size_t i) const { return i == 0 || lines_[i - 1].empty(); }
	std::size_t endOfBlock(std::size_t i) const
	{
		while (i + 1 < lines_.size() && !lines_[i].empty()) {
			++i;
		}
		return i;
	}
	// The number that comes next is one where empty lines, or the end of a file that was cut off, follow it, too.
	bool isName(std::size_t i) const
	{
		std::size_t below = i + 1;
		while (below < lines_.size() && lines_[below].empty()) {
			++below;
		}
		const bool ends = below >= lines_.size();
		if (below > i + 1 || ends) {
			return (ends || isTimes(lines_[below])) && blankBefore(i) &&
			       lines_[i] == std::to_string(cues_.size() + 1);
		}
		return isTimes(lines_[below]) && (blankBefore(i) || isWhole(lines_[i]));
	}

	Result<void> take(std::size_t i)
	{
		const std::string_view line = lines_[i];
		if (isTimes(line)) {
			return begin(i);
		}
		if (line.empty()) {
			inCue_ = inCue_ && !vtt_; // SubRip as it is found has empty lines within cues
		} else if (inCue_ && !isName(i)) {
			cues_.back().text += ' ';
			cues_.back().text += line;
		} else if (!inCue_ && !vtt_ && !isName(i)) {
			return std::unexpected(wrong(path_, i + 1, "here a cue should begin; is this a SubRip file?"));
		}
		return {};
	}

	Result<void> begin(std::size_t i)
	{
		Result<Statement> cue = timesOf(lines_[i]);
		const std::optional<Error> error = cue ? check(*cue) : std::optional(cue.error());
		if (error) {
			return std::unexpected(wrong(path_, i + 1, error->message));
		}
		cues_.push_back(std::move(*cue));
		inCue_ = true;
		return {};
	}

	std::vector<std::string_view> lines_;
	bool vtt_;
	TranscriptFormat format_;
	const std::string &path_;
	std::vector<Statement> cues_;
	bool inCue_ = false;
};

Result<std::vector<Statement>> readCues(std::string_view text, TranscriptFormat format, const std::string &path)
{
	std::vector<std::string_view> lines = linesOf(text);
	if (!lines.empty() && isVttHeader(lines[0])) {
		format = TranscriptFormat::vtt; // whatever its name says
	}
	return CueReader(std::move(lines), format, path).read();
}

Result<std::vector<Statement>> readTable(std::string_view text, const std::string &path)
{
	constexpr std::array<std::string_view, 3> kColumns{"start_ms", "end_ms", "text"};
	std::array<std::size_t, 3> places{};
	CsvReader reader(text);
	std::vector<std::string_view> fields;
	const auto next = [&]() -> Result<bool> {
		Result<bool> more = reader.next(fields);
		return more ? more : std::unexpected(wrong(path, reader.line(), more.error().message));
	};
	Result<bool> more = next();
	for (std::size_t i = 0; more && i < kColumns.size(); ++i) {
		const auto found = std::ranges::find(fields, kColumns[i], trimmed);
		if (!*more || found == fields.end()) {
			return fail(path + " needs the columns start_ms, end_ms and text");
		}
		places[i] = static_cast<std::size_t>(found - fields.begin());
	}
	std::vector<Statement> statements;
	for (more = more ? next() : more; more && *more; more = next()) {
		fields.resize(std::max(fields.size(), std::ranges::max(places) + 1));
		const std::optional<std::int64_t> start = parseWhole(fields[places[0]]);
		const std::optional<std::int64_t> end = parseWhole(fields[places[1]]);
		Statement statement{start.value_or(-1), end.value_or(-1),
				    wordsOf(fields[places[2]], TranscriptFormat::csv)};
		const std::optional<Error> error =
			start && end ? check(statement) : Error{"start_ms and end_ms must be whole numbers"};
		if (error) {
			return std::unexpected(wrong(path, reader.line(), error->message));
		}
		statements.push_back(std::move(statement));
	}
	return more ? Result<std::vector<Statement>>(std::move(statements)) : std::unexpected(more.error());
}

} // namespace

std::optional<TranscriptFormat> transcriptFormat(std::string_view path)
{
	std::string end(path.substr(path.size() - std::min<std::size_t>(4, path.size())));
	std::ranges::transform(end, end.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
	if (end == ".srt") {
		return TranscriptFormat::srt;
	}
	if (end == ".vtt") {
		return TranscriptFormat::vtt;
	}
	return end == ".csv" ? std::optional(TranscriptFormat::csv) : std::nullopt;
}

std::string Transcript::remark(const std::string &path) const
{
	return left_out == 0 ? ""
			     : path + ": left out " + std::to_string(left_out) + " that do not end after they began";
}

Result<Transcript> parseTranscript(std::string_view text, TranscriptFormat format, const std::string &path)
{
	Result<std::vector<Statement>> statements =
		format == TranscriptFormat::csv ? readTable(text, path) : readCues(text, format, path);
	if (!statements) {
		return std::unexpected(statements.error());
	}
	std::erase_if(*statements, [](const Statement &one) { return one.text.empty(); });
	Transcript transcript;
	transcript.left_out =
		std::erase_if(*statements, [](const Statement &one) { return one.end_ms <= one.start_ms; });
	if (statements->empty()) {
		return fail(path + " has no statement");
	}
	std::ranges::stable_sort(*statements, {}, &Statement::start_ms);
	transcript.statements = std::move(*statements);
	return transcript;
}

Result<Transcript> readTranscript(const std::string &path)
{
	const std::optional<TranscriptFormat> format = transcriptFormat(path);
	if (!format) {
		return fail(path + " must be a transcript that ends in .srt, .vtt or .csv");
	}
	std::error_code error;
	const std::filesystem::path file = pathOf(path);
	// A pipe may never end.
	if (exists(path) && !std::filesystem::is_regular_file(file, error) &&
	    !std::filesystem::is_directory(file, error)) {
		return fail(path + " is not a file");
	}
	const std::uintmax_t size = std::filesystem::file_size(file, error);
	if (!error && size > kMostBytes) {
		return fail(path + " is larger than any transcript: " + std::to_string(size) + " bytes");
	}
	const Result<std::string> text = readText(path);
	return text ? parseTranscript(*text, *format, path) : std::unexpected(text.error());
}

} // namespace pulseline::session
