// A hub, a session in memory and two connections without sockets, and what must hold whatever they are sent.
#pragma once

#include "fuzz/fuzz.hpp"
#include "ingest/hub.hpp"
#include "wire/memory_backend.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace pulseline::fuzz {

class Conversation {
public:
	explicit Conversation(ingest::Encoding encoding)
		: encoding_(encoding)
	{
		for (std::unique_ptr<Side> &side : sides_) {
			side = std::make_unique<Side>(hub_, encoding_);
		}
	}

	void act(char what, std::string_view text)
	{
		switch (what) {
		case '0':
		case '1':
			sides_[what == '0' ? 0 : 1]->say(text, true);
			break;
		case 'f':
			sides_[0]->say(text.substr(0, text.size() / 2), false);
			sides_[0]->say(text.substr(text.size() / 2), true);
			break;
		case 'x':
			sides_[0] = std::make_unique<Side>(hub_, encoding_);
			break;
		case 'c':
			backend_.commit(backend_.lastTicket);
			hub_.durable(backend_.lastTicket);
			break;
		case 'b':
			hub_.beat();
			break;
		default:
			write();
		}
	}

	// Nothing that was said has cost a connection, unless it was told why.
	void end()
	{
		act('c', {});
		write();
		for (const std::unique_ptr<Side> &side : sides_) {
			if (side->closed) {
				continue;
			}
			const std::string ask = R"({"type":"clock","t0":1})";
			side->say(encoding_ == ingest::Encoding::cbor ? ingest::cborOf(ask) : ask, true);
			side->heardClock = false;
			side->take();
			require(side->heardClock, "the connection is still good for a question");
		}
		for (const test::MemoryBackend::Person &person : backend_.people) {
			checkStored(person);
		}
	}

private:
	struct Side final : ingest::Link {
		Side(ingest::Hub &h, ingest::Encoding encoding)
			: hub(h)
			, binary(encoding == ingest::Encoding::cbor)
			, peer(h.open(*this, encoding))
		{
		}
		~Side() override { hub.gone(peer); }
		void wantWrite() override {}
		void hold(bool) override {}
		void ping() override {}
		void cut() override {}
		ingest::IpAddress from() const override { return {}; }
		std::size_t queued() const override { return 0; }
		void stands(std::optional<ingest::Stage>) override {}

		void say(std::string_view text, bool last)
		{
			hub.receive(peer, text, binary, last, ingest::Clock::now());
		}
		void take()
		{
			while (const ingest::Text text = hub.next(*peer)) {
				check(*text);
			}
			closed = hub.closing(*peer).has_value();
		}
		void check(const std::string &text)
		{
			static const std::set<std::string> codes{"bad_json",     "bad_field",       "unknown_type",
								 "not_joined",   "unknown_session", "forbidden",
								 "too_large",    "rate_limited",    "bad_position",
								 "not_writable", "session_closed"};
			const nlohmann::json said = binary ? nlohmann::json::from_cbor(text, true, false)
							   : nlohmann::json::parse(text, nullptr, false);
			require(said.is_object() && said.contains("type"), "what is said is an object with a type");
			if (said["type"] == "error") {
				require(codes.contains(said["code"]), "the code of an error is one of the contract's");
			}
			heardClock = heardClock || said["type"] == "clock";
		}

		ingest::Hub &hub;
		bool binary;
		ingest::PeerPtr peer;
		bool closed = false;
		bool heardClock = false;
	};

	void write()
	{
		for (const std::unique_ptr<Side> &side : sides_) {
			side->take();
		}
	}
	void checkStored(const test::MemoryBackend::Person &person) const
	{
		for (const ingest::Respond &response : person.responses) {
			require(response.seq >= 1 && response.seq <= ingest::kMaxInteger, "seq is 1 to 2^53 - 1");
			require(!response.value || backend_.settings_.scale.contains(*response.value),
				"the value is in the scale");
			require(response.age_ms >= 0, "nobody answers in the future");
			require(!response.position_ms ||
					(*response.position_ms >= 0 && *response.position_ms <= kMaxPosition_ms),
				"the position is one");
		}
	}

	ingest::Encoding encoding_;
	test::MemoryBackend backend_;
	ingest::Hub hub_{backend_};
	std::array<std::unique_ptr<Side>, 2> sides_;
};

} // namespace pulseline::fuzz
