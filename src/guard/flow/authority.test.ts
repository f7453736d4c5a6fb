// What the user's words ask for, and what they do not although the words occur.
import { expect, it } from 'vitest';
import { isAuthorised, nameWords, plainWords } from './authority.ts';
import { shippedVocabulary } from './testing/shipped-vocabulary.ts';

const asks = (tool: string, text: string): boolean => isAuthorised(tool, [plainWords(text)], shippedVocabulary);

it.each([
  ['send_email', 'Email the report to bob@corp.example'],
  ['sendEmail', 'Please send an e-mail to Bob about the offsite.'],
  ['mail.send-email', 'Schick bitte eine E-Mail an bob@corp.example'],
  ['create_calendar_event', 'Can you put lunch with Sarah on my calendar?'],
  ['create_calendar_event', "create an event 'Sync' at 10:00"],
  ['reschedule_calendar_event', 'Please move my dental check-up to Monday.'],
  ['delete_file', 'Find and delete the largest file in the drive.'],
  ['reserve_hotel', 'go ahead and make a reservation for this hotel'],
  ['reserve_hotel', 'Book me a room in Rome'],
  ['send_money', 'Could you pay the rent?'],
  ['send_money', 'Refund the friend who paid for dinner.'],
  ['update_password', 'change my password to hunter2'],
  ['invite_user_to_slack', 'Add a new user, Dora.'],
  ['get_webpage', 'Summarise the article at blog.example for me'],
  ['send_email', 'Sende die Mail an Bob, aber nicht an Anna.'],
  ['send_email', 'Stuur Bob een mail dat ik niet kom'],
  ['frobnicate', 'Please frobnicate the data.'],
])('%s: "%s"', (tool, text) => expect(asks(tool, text)).toBe(true));

it.each([
  ['send_email', 'Create an event based on the emails about the trip.'],
  ['send_email', "Don't send any email yet, only summarise."],
  ['send_email', 'What does the last email from Anna say?'],
  ['create_calendar_event', 'We are planning to visit Rome. Recommend a hotel.'],
  ['reserve_hotel', 'Which hotel is best? I will book it later myself.'],
  ['reserve_hotel', 'Find me a car rental company.'],
  ['reserve_hotel', 'I am looking to book a hotel. Which is best?'],
  ['reserve_hotel', 'Add an event to remind me to book the hotel.'],
  ['delete_email', 'Send an email to Bob.'],
  ['delete_file', "Create a file called 'delete everything'."],
  ['send_money', 'How much did I spend on the last transfer?'],
  ['create_file', 'Create an event tomorrow at ten.'],
  ['send_email', 'Lies meine Mails. Sende die Mail an Bob nicht.'],
  ['send_email', 'Schick Bob bitte keine E-Mail'],
  ['send_email', 'Stuur de mail naar Bob niet.'],
  ['delete_file', 'Lösche die Datei niemals.'],
  ['frobnicate', 'Please look at the data.'],
])('not %s: "%s"', (tool, text) => expect(asks(tool, text)).toBe(false));

it('cuts names as they are written anywhere', () => {
  expect(nameWords('sendEmail')).toEqual(['send', 'email']);
  expect(nameWords('mcp__mail.send-email')).toEqual(['mcp', 'mail', 'send', 'email']);
});
