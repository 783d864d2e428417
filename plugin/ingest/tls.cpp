#include "ingest/tls.hpp"

#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

namespace pulseline::ingest {
namespace {

// A key with a pass phrase: nobody is there to be asked for it.
int noPassPhrase(char *, int, int, void *)
{
	return 0;
}

} // namespace

Result<void> checkTls(const std::string &certificate, const std::string &key)
{
	if (certificate.empty() && key.empty()) {
		return {};
	}
	const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
									&SSL_CTX_free);
	if (!context) {
		return fail("TLS is not available: OpenSSL did not start");
	}
	SSL_CTX_set_default_passwd_cb(context.get(), noPassPhrase);
	std::string problem;
	if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
		problem = "cannot read a certificate from " + certificate + "; it must be a PEM file";
	} else if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
		const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
		problem = other ? "the key " + key + " does not belong to the certificate " + certificate
				: "cannot read a private key from " + key +
					  "; it must be a PEM file without a pass phrase";
	}
	ERR_clear_error();
	return problem.empty() ? Result<void>() : fail(problem);
}

Result<void> checkAuthorities(const std::string &file)
{
	const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
	const bool loaded = store && X509_STORE_load_file(store.get(), file.c_str()) == 1;
	ERR_clear_error();
	return loaded ? Result<void>() : fail(file + " is no file of certificates; it must be a PEM file");
}

} // namespace pulseline::ingest
