#include "session/store.hpp"

#include <array>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <span>
#include <stdexcept>

namespace pulseline::session {
namespace {

constexpr std::string_view kLegible = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"; // none that looks like another

std::string hex(std::span<const unsigned char> bytes)
{
	constexpr std::string_view kDigits = "0123456789abcdef";
	std::string text;
	for (const unsigned char byte : bytes) {
		text += {kDigits[byte >> 4], kDigits[byte & 15]};
	}
	return text;
}

void fillRandom(std::span<unsigned char> bytes)
{
	if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
		throw std::runtime_error("the system gives no random numbers");
	}
}

std::string randomText(std::string_view alphabet, std::size_t length)
{
	// What lies above the last whole multiple is drawn again, so that every character is as likely.
	const std::size_t limit = 256 / alphabet.size() * alphabet.size();
	std::string text;
	while (text.size() < length) {
		std::array<unsigned char, 16> bytes;
		fillRandom(bytes);
		for (std::size_t i = 0; i < bytes.size() && text.size() < length; ++i) {
			if (bytes[i] < limit) {
				text += alphabet[bytes[i] % alphabet.size()];
			}
		}
	}
	return text;
}

} // namespace

std::string randomToken()
{
	std::array<unsigned char, 16> bytes;
	fillRandom(bytes);
	return hex(bytes);
}

std::string sha256(std::string_view text)
{
	std::array<unsigned char, 32> digest;
	unsigned int size = 0;
	if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
		throw std::runtime_error("SHA-256 is not available");
	}
	return hex(digest);
}

bool sameHash(std::string_view a, std::string_view b)
{
	return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string randomCode()
{
	return randomText(kLegible, 6);
}

std::string randomTicket()
{
	return randomText(kLegible, 16);
}

std::string randomId()
{
	return randomText("abcdefghijklmnopqrstuvwxyz0123456789", 12);
}

} // namespace pulseline::session
